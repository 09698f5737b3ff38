//! `kanbridge confined`: what a script's process is before it becomes the script. Hidden: nobody starts it by hand.

use std::ffi::OsString;
use std::io::ErrorKind;

use anyhow::{Result, bail};
use clap::Args;

use crate::scripts::{Confinement, confine};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(long)]
    memory: u64,
    #[arg(long)]
    cpu: u64,
    #[arg(long)]
    file: u64,
    #[arg(last = true, required = true)]
    program: Vec<OsString>,
}

pub(super) fn run(arguments: Arguments) -> Result<()> {
    let Arguments { memory, cpu, file, program } = arguments;
    let confinement = Confinement { memory, cpu, file, program };
    let error = confine(&confinement);
    let name = confinement.program.first().cloned().unwrap_or_default();
    let hint = match error.kind() {
        ErrorKind::NotFound => "; is the program that its first line names there?",
        ErrorKind::PermissionDenied => "; is it executable, and may programs be run from its folder?",
        _ => "",
    };
    bail!("{} cannot be started: {error}{hint}", name.display())
}
