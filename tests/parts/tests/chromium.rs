//! The browser says what a page does.

use std::fs;

use whosekey_parts::chromium;

#[test]
fn a_page_is_opened_run_and_watched() {
    let browser = chromium::install().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let script = "document.body.textContent = 1 + 1; console.error('oh no')";
    fs::write(&page, format!("<body><img src='http://acme.example/x.png'><script>{script}</script>")).unwrap();
    let seen = browser.open(&page).unwrap();
    assert!(seen.dom.contains("<body>2</body>"), "{seen:?}");
    assert!(seen.console.iter().any(|line| line.contains("oh no")), "{seen:?}");
    assert!(seen.requests.contains(&"http://acme.example/x.png".to_owned()), "{seen:?}");

    let png = folder.path().join("page.png");
    browser.screenshot(&page, &png, 400, 300).unwrap();
    assert!(fs::read(&png).unwrap().starts_with(b"\x89PNG"));
}
