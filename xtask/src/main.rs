//! `cargo xtask`: our own tools.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool talks on the terminal")]

use std::env;
use std::process::ExitCode;

use xtask::steps::{self, STEPS};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let passed = match arguments.as_slice() {
        ["help" | "--help" | "-h"] => {
            help();
            true
        }
        ["ci"] => steps::run(&STEPS.iter().collect::<Vec<_>>()),
        [name] if steps::find(name).is_some() => steps::run(&[steps::find(name).expect("just found")]),
        _ => {
            eprintln!("cargo xtask: which one? `cargo xtask help` lists them.");
            false
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn help() {
    println!("cargo xtask ci        every step below, in this order; all run, any failure fails");
    for step in STEPS {
        println!("cargo xtask {:<9} {}", step.name, step.about);
    }
}
