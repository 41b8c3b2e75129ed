//! No password in clear, anywhere: every byte of every file is searched, while a job is scheduled, running and done.
//! `FIRSTBELL_SOAK_SECONDS` makes the search go on; `FIRSTBELL_ROUNDS` says how many passwords there are.

use crate::checks::{check, create, page};
use crate::serving::Server;
use crate::support::{PASSWORD, SCHOOL, Site, rounds, soak_until};
use crate::visitor::Answer;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Passwords that stand nowhere else in the world.
fn canaries(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("Kanarienvogel-{n:04}-ſüß-Ω")).collect()
}

/// The forms in which a text could have been written.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let reversed: String = text.chars().rev().collect();
    vec![
        text.as_bytes().to_vec(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        reversed.into_bytes(),
        base64(text.as_bytes()),
    ]
}

/// Base64 of the whole threes of bytes: what stands in any base64 of a text that begins so.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |three: &[u8], at: u32| {
        let number = three.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
        DIGITS[(number >> (18 - 6 * at) & 63) as usize]
    };
    bytes.chunks_exact(3).flat_map(|three| (0..4).map(move |at| digit(three, at))).collect()
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    // A file may go while the folder is walked; what is gone holds nothing.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_under(&path)) } else { found.push(path) }
    }
    found
}

/// Looks for every needle in every file. The needles share a beginning, so one look for that is enough.
fn assert_nowhere(folder: &Path, canaries: &[String], when: &str) -> usize {
    let beginning = &canaries[0][.."Kanarienvogel-".len()];
    let mut needles = forms(beginning);
    needles.push(PASSWORD.as_bytes().to_vec());
    let files = files_under(folder);
    for path in &files {
        let bytes = fs::read(path).unwrap_or_default();
        for needle in &needles {
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_slice());
            assert!(!found, "a password is in {} while the job is {when}", path.display());
        }
    }
    files.len()
}

#[test]
fn no_file_ever_holds_a_password() {
    let until = soak_until();
    let mut rounds = 0;
    while rounds == 0 || Instant::now() < until {
        look_through_a_whole_import();
        rounds += 1;
    }
    println!("{rounds} imports looked through");
}

fn look_through_a_whole_import() {
    let site = Site::set_up();
    let canaries = canaries(rounds(300).max(200) as usize);
    let mut lines: String = canaries.iter().map(|canary| format!("Ann,Lee,,{canary}\n")).collect();
    // Passwords where they do not belong: one cell too few or too many, or in the email's place.
    lines += &format!(
        "Ann,Lee,{}\nAnn,Lee,,{},x\nAnn,Lee,{},ann@x.example\n",
        canaries[0], canaries[1], canaries[2]
    );
    lines += &format!("Ann,Lee,{},\nAnn Lee,ann@x.example,{},\n", canaries[3], canaries[4]);
    // A quotation mark too many, which makes one cell of two lines.
    lines += &format!("Ann,\"Lee,a@x.example,{}\nBen,\"Lee\",b@x.example,{}\n", canaries[5], canaries[6]);
    let roster_folder = site.path().join("elsewhere");
    fs::create_dir(&roster_folder).unwrap();
    let file = roster_folder.join("a.csv");
    fs::write(&file, format!("first_name,last_name,email,password\n{lines}")).unwrap();

    // Scheduled: another process has the loop, and does nothing.
    let office = site.office();
    office.conn.execute("UPDATE district SET rows_per_file = 10000", []).unwrap();
    let held = office.folder.try_hold_loop().unwrap().unwrap();
    let mut child = site.start_import("students", &file);
    while site.count("SELECT count(*) FROM record WHERE status = 'pending'") == 0 {
        assert!(child.try_wait().unwrap().is_none());
    }
    let sealed = usize::try_from(site.count("SELECT count(*) FROM record WHERE sealed_password IS NOT NULL"));
    assert_eq!(sealed.unwrap(), canaries.len());
    assert!(assert_nowhere(&site.data(), &canaries, "scheduled") >= 4);

    // Running: looked at again and again, then killed.
    drop(held);
    let mut looks = 0;
    loop {
        assert_nowhere(&site.data(), &canaries, "running");
        looks += 1;
        if site.count("SELECT created FROM upload WHERE id = 1") >= 100 {
            break;
        }
    }
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_nowhere(&site.data(), &canaries, "killed");

    // Done.
    office.close();
    let ran = site.import("students", &site.roster("b.csv", "Ben,Lee,,\n"));
    assert_eq!(ran.status, Some(0));
    assert_nowhere(&site.data(), &canaries, "done");
    assert_eq!(site.count("SELECT count(*) FROM record WHERE sealed_password IS NOT NULL"), 0);
    assert_eq!(site.count("SELECT failed FROM upload WHERE id = 1"), 6);
    let said = [output.stdout, output.stderr, ran.out.into_bytes(), ran.err.into_bytes()].concat();
    assert!(!String::from_utf8_lossy(&said).contains("Kanarienvogel"));
    assert!(site.can_sign_in("alee7", &canaries[6]));
    println!("{} passwords looked for in every file, {looks} times while the job ran", canaries.len());
    no_page_shows_one(site);
}

/// The pages of the job, what it can be downloaded as, and the letters about it.
fn no_page_shows_one(site: Site) {
    let server = Server::open(site);
    let mut ada = server.ada();
    let mut ways = ["/admin/uploads/1", "/admin/uploads/1/mend", "/admin/mail", "/admin/audit"]
        .map(str::to_owned)
        .to_vec();
    ways.extend(
        ["/admin/uploads/1/results.csv", "/admin/uploads/1/failed.csv", "/admin/cards.csv?upload=1"]
            .map(str::to_owned),
    );
    let mut seen = 0;
    while let Some(address) = ways.get(seen).cloned() {
        let answer = ada.get(&address);
        assert!(answer.status == 200 && !answer.html().contains("Kanarien"), "{address}");
        let more = [answer.links("/admin/uploads/1"), answer.links("/admin/mail/")].concat();
        ways.extend(more.into_iter().filter(|link| !ways.contains(link)).collect::<BTreeSet<_>>());
        seen += 1;
    }
    assert!(seen >= 7 && !server.said().contains("Kanarien"));
    server.end();
}

#[test]
fn no_file_or_page_holds_a_password_of_a_file_that_is_checked() {
    let server = Server::of_a_district();
    let mut ada = server.ada();
    let canaries = canaries(9);
    let mut content = "Vorname;Nachname;Mail;Kennwort\n".to_owned();
    content += &canaries[..5].iter().map(|canary| format!("Ann;Lee;;{canary}\n")).collect::<String>();
    content += &format!(
        "Ben;Lee;{}\nBen;Lee;;{};x\nBen;Lee;{};b@x.example\n",
        canaries[5], canaries[6], canaries[7]
    );
    content += &format!("Ben;Lee;;\"{}\n{}\"\n", canaries[8], canaries[8]);
    let id = check(&mut ada, "students", "kinder.csv", content);
    let look = |answer: &Answer, when: &str| {
        assert!(!answer.html().contains("Kanarien"), "a page shows a password {when}");
        assert!(assert_nowhere(&server.site.data(), &canaries, when) >= 2);
    };
    let asked = page(&mut ada, id);
    look(&asked, "asked about");
    let answers = format!("/admin/checks/{id}/answers");
    // The administrator takes the passwords for emails, and sees that it is not so.
    let wrong = asked.form(&answers).with("column-2", "-").with("column-3", "email");
    let sent = ada.send(wrong);
    let foreseen = ada.follow(&sent);
    foreseen.assert_shows(&["The email has no @", "Ask me again"]);
    look(&foreseen, "misunderstood");
    let again = foreseen.html().rfind(&format!("action=\"{answers}\"")).unwrap();
    assert!(foreseen.html()[again..].contains("Ask me again"));
    let csrf = foreseen.form(&answers).value("csrf").to_owned();
    let sent = ada.post(&answers, &[("csrf", &csrf), ("again", "yes")]);
    let asked = ada.follow(&sent);
    let sent = ada.send(asked.form(&answers));
    let foreseen = ada.follow(&sent);
    foreseen.assert_shows(&["Created 5", "Failed 4"]);
    look(&foreseen, "foreseen");
    let made = create(&server, &mut ada, id);
    assert_eq!(made.iter().filter(|line| line.status == "created").count(), 5);
    look(&ada.get("/admin/uploads/1"), "done");
    look(&ada.get("/admin/audit"), "done");
    assert!(!server.said().contains("Kanarien"));
    assert!(server.visitor().sign_in("alee", &canaries[0]).location().starts_with('/'));
    // The passwords of a file that is taken away are gone as well.
    let id = check(
        &mut ada,
        "students",
        "a.csv",
        format!("first_name,last_name,email,password\nA,Lee,,{}\n", canaries[0]),
    );
    let shown = page(&mut ada, id);
    look(&ada.send(shown.form(&format!("/admin/checks/{id}/discard"))), "taken away");
    server.end();
}

#[test]
fn standard_output_and_a_refusal_say_no_password_either() {
    let site = Site::set_up();
    let file = site.roster(
        "a.csv",
        "Ann,Lee,,Kanarien\nAnn,Lee,Kanarienvogel\nAnn,,,Kanarienvogel-4\n\"Ann,Lee,,Kanarienvogel\n",
    );
    for more in [&[][..], &["--check"]] {
        let ran = site.import_with("students", &[more, &[file.to_str().unwrap()]].concat());
        ran.assert_refused("Line 5 opens a quotation mark");
        assert!(!ran.err.contains("Kanarien"));
    }
    let file = site.roster("b.csv", "Ann,Lee,,Kanarien\nAnn,Lee,Kanarienvogel\nAnn,,,Kanarienvogel-4\n");
    for more in [&["--check"][..], &[]] {
        let ran = site.import_with("students", &[more, &[file.to_str().unwrap()]].concat());
        assert_eq!(ran.status, Some(1), "{}", ran.err);
        assert!(!ran.out.contains("Kanarien") && !ran.err.contains("Kanarien"), "{}{}", ran.out, ran.err);
    }
    site.end();
}

#[test]
fn the_search_would_find_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let canaries = canaries(1);
    for form in forms(&canaries[0]) {
        fs::write(folder.path().join("x"), [b"before".as_slice(), &form].concat()).unwrap();
        let found = std::panic::catch_unwind(|| assert_nowhere(folder.path(), &canaries, "tested"));
        // Base64 and reversal move the shared beginning; all the others must be found by it.
        let by_beginning = !form.is_empty()
            && forms(&canaries[0][.."Kanarienvogel-".len()])
                .iter()
                .any(|needle| form.windows(needle.len()).any(|window| window == needle.as_slice()));
        assert_eq!(found.is_err(), by_beginning);
        assert!(by_beginning, "{:?}", String::from_utf8_lossy(&form));
    }
    let started = Instant::now();
    assert_eq!(assert_nowhere(Path::new(SCHOOL), &canaries, "tested"), 0);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_of_the_memory_is_written_down_when_the_process_dies() {
    let server = Server::of_a_district();
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.process())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    server.end();
}
