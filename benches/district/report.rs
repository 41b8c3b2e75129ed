//! What was measured, in words, as a table and as a drawing.

use crate::pages::Served;
use std::fmt::Write;
use std::time::Duration;

/// What was measured at one size of the district.
pub(crate) struct Size {
    pub(crate) people: usize,
    /// Rows a second of an import, from the bytes of a file to its results on disk.
    pub(crate) import: f64,
    /// Rows a second of bare inserts.
    pub(crate) insert: f64,
    /// Rows a second of reading a file only.
    pub(crate) parse: f64,
    /// How long the index of the search took for those who came since the last size.
    pub(crate) indexed: Duration,
    /// How large the database is.
    pub(crate) bytes: u64,
    pub(crate) served: Served,
}

/// What is asked of a page: QUALITY's P6.
const PAGE: f64 = 20.0;

pub(crate) fn in_words(size: &Size) -> String {
    let slowest = size.served.pages.iter().max_by_key(|page| page.2).unwrap();
    format!(
        "{:>9} people: import {:>6.0} rows/s, {:.2} of bare inserts ({:.0}); slowest page {} {:.1} ms; ready in {:.0} ms",
        size.people,
        size.import,
        size.import / size.insert,
        size.insert,
        slowest.0,
        millis(slowest.2),
        millis(size.served.ready),
    )
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Writes docs/PERFORMANCE.md and docs/performance.svg.
pub(crate) fn write(sizes: &[Size]) {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    std::fs::create_dir_all(&docs).unwrap();
    std::fs::write(docs.join("performance.svg"), drawing(sizes)).unwrap();
    std::fs::write(docs.join("PERFORMANCE.md"), page(sizes)).unwrap();
    println!("written: docs/PERFORMANCE.md, docs/performance.svg");
}

fn page(sizes: &[Size]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut page = format!(
        "# What a large district costs\n\nWritten by `cargo bench --bench district` on {cores} cores. The ratios hold on a \
         busy machine, the times on a quiet one only.\n\n![Cost by the size of the district](performance.svg)\n\n## An import \
         without passwords\n\nFrom the bytes of a file to its results on disk, `synchronous=FULL`, a file of 10,000 for each \
         school, everybody with an email; against bare SQLite inserts of the same rows into the same tables, and against \
         reading the file only. Over the last 100,000 rows before each size.\n\n"
    );
    line(&mut page, "", sizes, |size| number(size.people));
    line(&mut page, "---", sizes, |_| "---:".to_owned());
    line(&mut page, "import, rows/s", sizes, |size| number(size.import as usize));
    line(&mut page, "bare inserts, rows/s", sizes, |size| number(size.insert as usize));
    line(&mut page, "**import ÷ bare inserts**", sizes, |size| format!("{:.2}", size.import / size.insert));
    line(&mut page, "reading only, rows/s", sizes, |size| number(size.parse as usize));
    line(&mut page, "index of the search, afterwards, s", sizes, |size| {
        format!("{:.1}", size.indexed.as_secs_f64())
    });
    line(&mut page, "database, MB", sizes, |size| number((size.bytes / 1_000_000) as usize));
    page.push_str("\n## Pages\n\nOf the real server over loopback, one browser, 200 times each: median / 99 of 100, in ms.\n\n");
    line(&mut page, "", sizes, |size| number(size.people));
    line(&mut page, "---", sizes, |_| "---:".to_owned());
    for at in 0..sizes[0].served.pages.len() {
        line(&mut page, sizes[0].served.pages[at].0, sizes, |size| {
            let (_, median, last) = size.served.pages[at];
            format!("{:.1} / {:.1}", millis(median), millis(last))
        });
    }
    line(&mut page, "start to ready", sizes, |size| format!("{:.0}", millis(size.served.ready)));
    line(&mut page, "most memory, MB", sizes, |size| {
        size.served.memory.map_or("?".to_owned(), |bytes| number((bytes / 1_000_000) as usize))
    });
    let worst = |size: &Size| size.served.pages.iter().map(|page| millis(page.2)).fold(0.0, f64::max);
    let (first, last) = (&sizes[0], &sizes[sizes.len() - 1]);
    let ratios =
        first.served.pages.iter().zip(&last.served.pages).map(|(few, many)| millis(many.2) / millis(few.2));
    let _ = write!(
        page,
        "\nThe slowest page at {} people takes {:.1} ms ({PAGE} is asked for); the most that a page grew from {} people on \
         is {:.1}-fold (2 is asked for).\n",
        number(last.people),
        worst(last),
        number(first.people),
        ratios.fold(0.0, f64::max),
    );
    page.push_str(PAPER);
    page
}

/// What follows from how things are built, and is not measured.
const PAPER: &str = "
## Where the curves bend

An import: each row goes into two indexes at a random place, by email and by username. As long as those fit into the 32 MiB
that the job loop keeps of the database, a page is changed many times before it is written; beyond (some 300,000 people), nearly
each row writes two pages more. Batches grow to what a quarter of a second can write, which is what others wait for at most.

Pages: a list begins where the page before ended, a count is kept and not taken, a search stops at 500 people. What grows
with the district is what grows with its schools: the list of all members looks at the first of each school and kind.

## Ten million, on paper

The database would take some ten times the largest above, most of it read seldom. Pages stay as they are, but for the list
of all members, by the number of schools. An import is bound by the random pages of the two indexes: at a disk's 20,000
writes a second some 10,000 rows a second; to keep the pace, the cache would have to grow to some 400 MB. A snapshot copies
everything and would take minutes: that bends first.
";

fn line(page: &mut String, label: &str, sizes: &[Size], cell: impl Fn(&Size) -> String) {
    let cells: Vec<String> = sizes.iter().map(cell).collect();
    let _ = writeln!(page, "| {label} | {} |", cells.join(" | "));
}

/// 1000000 as 1,000,000.
fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut spaced = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            spaced.push(',');
        }
        spaced.push(digit);
    }
    spaced
}

/// Two curves over the size of the district, by its logarithm: rows a second, and the slowest page.
fn drawing(sizes: &[Size]) -> String {
    let (width, height) = (640.0, 260.0);
    let across = |at: usize| 60.0 + at as f64 * (width - 120.0) / (sizes.len() - 1).max(1) as f64;
    let fastest = sizes.iter().map(|size| size.import.max(size.insert)).fold(1.0, f64::max);
    let up = |part: f64| height - 40.0 - part * (height - 80.0);
    let curve = |colour: &str, dashes: &str, of: &dyn Fn(&Size) -> f64| {
        let points: Vec<String> = sizes
            .iter()
            .enumerate()
            .map(|(at, size)| format!("{:.0},{:.0}", across(at), up(of(size))))
            .collect();
        format!(
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\" points=\"{}\"/>\n",
            points.join(" ")
        )
    };
    let worst = |size: &Size| size.served.pages.iter().map(|page| millis(page.2)).fold(0.0, f64::max);
    let slowest = sizes.iter().map(worst).fold(PAGE, f64::max);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    svg += &curve("#1a56b0", "", &|size| size.import / fastest);
    svg += &curve("#1a56b0", "4 4", &|size| size.insert / fastest);
    svg += &curve("#b03a1a", "", &|size| worst(size) / slowest);
    for (at, size) in sizes.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            across(at),
            height - 18.0,
            number(size.people)
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"60\" y=\"16\" fill=\"#1a56b0\">rows/s of an import (dashed: bare inserts), up to {}</text>\n\
         <text x=\"60\" y=\"32\" fill=\"#b03a1a\">slowest page, up to {slowest:.0} ms</text>\n</svg>",
        number(fastest as usize)
    );
    svg
}
