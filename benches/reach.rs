//! Reachability over 1,000,000 nodes and 5,000,000 steps, with python-igraph on the same steps in the same run.
//!
//! igraph is looked for with `$WHOSEKEY_IGRAPH_PYTHON`, else `python3`. Both answer from steps that they hold in
//! memory: who reaches one of a hundred administrators, and what one credential reaches; the answers are compared by
//! count and by checksum.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads its environment and prints"
)]

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use whosekey::graph::NodeId;
use whosekey::graph::reach::{Reach, Reached};

const NODES: u32 = 1_000_000;
const STEPS: usize = 5_000_000;
const ADMINISTRATORS: u32 = 100;
const CREDENTIAL: u32 = 4_711;
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let steps = steps();
    let begin = Instant::now();
    let reach = Reach::from_edges(NODES as usize, &steps);
    println!("whosekey builds the rows in {:.3} s", begin.elapsed().as_secs_f64());
    let admins = || (0..ADMINISTRATORS).map(|at| NodeId::from_index((at * 9_973) as usize));
    let ours = [
        Answer::of("who reaches an administrator", || reach.to(admins())),
        Answer::of("blast radius of a credential", || reach.from([NodeId::from_index(CREDENTIAL as usize)])),
    ];
    for answer in &ours {
        println!("whosekey: {answer}");
    }
    let Some(theirs) = igraph(&steps)? else {
        println!("igraph is absent: no yardstick in this run");
        return Ok(());
    };
    for (mine, other) in ours.iter().zip(&theirs) {
        println!("igraph:   {other}");
        let is_same = (mine.nodes, mine.checksum) == (other.nodes, other.checksum);
        println!(
            "          {} answers; whosekey took {:.2} of igraph's time (target: at most 0.50)",
            if is_same { "same" } else { "DIFFERENT" },
            mine.seconds / other.seconds
        );
        if !is_same {
            return Err("the answers differ".into());
        }
    }
    Ok(())
}

/// Steps between random nodes: half of them among neighbours, as things of one account are.
fn steps() -> Vec<(u32, u32)> {
    let mut state = 0x5EED_u64;
    let mut below = |limit: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state % u64::from(limit)).expect("below a u32")
    };
    (0..STEPS)
        .map(|_| {
            let from = below(NODES);
            let to = if below(2) == 0 { below(NODES) } else { (from + below(1_000)) % NODES };
            (from, to)
        })
        .collect()
}

struct Answer {
    question: String,
    seconds: f64,
    nodes: usize,
    checksum: u64,
}

impl Answer {
    /// The fastest of some runs.
    fn of(question: &str, ask: impl Fn() -> Reached) -> Self {
        let mut seconds = f64::INFINITY;
        let mut reached = None;
        for _ in 0..RUNS {
            let begin = Instant::now();
            let found = ask();
            seconds = seconds.min(begin.elapsed().as_secs_f64());
            reached = Some(found);
        }
        let reached = reached.expect("there is a run");
        let checksum = reached.nodes().map(|node| (node.index() as u64 + 1).pow(2)).fold(0, u64::wrapping_add);
        Self { question: question.to_owned(), seconds, nodes: reached.len(), checksum }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in {:.4} s: {} nodes, checksum {:x}", self.question, self.seconds, self.nodes, self.checksum)
    }
}

/// Reads the steps from a file, asks the same questions, and prints seconds, count and checksum of each.
const SCRIPT: &str = r#"
import array, sys, time
import igraph
nodes, administrators, credential, runs = map(int, sys.argv[2:6])
flat = array.array("I")
with open(sys.argv[1], "rb") as file:
    flat.frombytes(file.read())
steps = list(zip(flat[0::2], flat[1::2]))
# One more node that reaches all administrators' ends makes many starts one.
graph = igraph.Graph(n=nodes + 1, edges=steps + [(at * 9973, nodes) for at in range(administrators)], directed=True)
def ask(start, mode):
    best = float("inf")
    for _ in range(runs):
        begin = time.perf_counter()
        found = graph.subcomponent(start, mode=mode)
        best = min(best, time.perf_counter() - begin)
    found = [node for node in found if node != nodes]
    print(best, len(found), sum((node + 1) ** 2 for node in found) % 2**64)
ask(nodes, "in")
graph.delete_vertices([nodes])
ask(credential, "out")
"#;

fn igraph(steps: &[(u32, u32)]) -> Result<Option<Vec<Answer>>, Box<dyn Error>> {
    let python = std::env::var_os("WHOSEKEY_IGRAPH_PYTHON").unwrap_or_else(|| "python3".into());
    let has_igraph = Command::new(&python).args(["-c", "import igraph"]).stderr(Stdio::null()).status();
    if !has_igraph.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("steps");
    write(&file, steps)?;
    let numbers = [NODES, ADMINISTRATORS, CREDENTIAL, u32::try_from(RUNS)?].map(|n| n.to_string());
    let output =
        Command::new(&python).args(["-c", SCRIPT]).arg(&file).args(numbers).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("igraph failed".into());
    }
    let text = String::from_utf8(output.stdout)?;
    let questions = ["who reaches an administrator", "blast radius of a credential"];
    let answers = text.lines().zip(questions).map(|(line, question)| {
        let mut words = line.split_whitespace();
        let mut word = || words.next().ok_or("igraph's answer is short");
        Ok(Answer {
            question: question.to_owned(),
            seconds: word()?.parse()?,
            nodes: word()?.parse()?,
            checksum: word()?.parse()?,
        })
    });
    answers.collect::<Result<_, Box<dyn Error>>>().map(Some)
}

fn write(path: &Path, steps: &[(u32, u32)]) -> std::io::Result<()> {
    let bytes: Vec<u8> = steps.iter().flat_map(|(from, to)| [from.to_ne_bytes(), to.to_ne_bytes()]).flatten().collect();
    std::fs::write(path, bytes)
}
