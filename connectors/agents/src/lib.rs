//! AI agents and the credentials they hold, from their definition files.
#![expect(dead_code, reason = "in construction")]
mod doc;
mod secrets;
mod credential;
mod value_class;
mod formats;
mod found;
mod reader;
