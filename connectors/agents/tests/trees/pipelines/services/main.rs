fn main() { let key = "@@stripe:services@@"; let maybe = "secret-ish"; }
