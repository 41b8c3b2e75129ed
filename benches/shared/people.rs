//! People with names as a large district has them: some thousand last names, a few scripts, an email each.

const FIRST: [&str; 24] = [
    "Ann",
    "John",
    "Héloïse",
    "Priya",
    "Александр",
    "芳",
    "Maria",
    "José",
    "Fatima",
    "يوسف",
    "Li",
    "Emma",
    "Noah",
    "Olivia",
    "Liam",
    "Sofía",
    "Mateo",
    "Aisha",
    "Chloé",
    "Daniel",
    "Grace",
    "Ravi",
    "Mia",
    "Zoë",
];
const BEGINNINGS: [&str; 20] = [
    "Ber", "Car", "Dan", "El", "Far", "Gar", "Hol", "Iv", "Jan", "Kal", "Lin", "Mar", "Nor", "Ol", "Per",
    "Ros", "Sal", "Tor", "Val", "Wil",
];
const MIDDLES: [&str; 20] = [
    "a", "ba", "che", "de", "ge", "i", "ki", "la", "ma", "na", "o", "pa", "ri", "sa", "ta", "u", "ve", "wa",
    "ya", "zi",
];
const ENDS: [&str; 10] = ["berg", "son", "man", "ez", "ski", "nen", "li", "ford", "ton", "ley"];

/// First name, last name and email of so many people after the first `begin`; everybody has another email.
pub(crate) fn rows(begin: usize, rows: usize) -> Vec<[String; 3]> {
    let person = |n: usize| {
        // Spread evenly and the same at every run: the golden ratio's fraction of 2^64.
        let spread = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let of = |words: &[&'static str], shift: u32| words[(spread >> shift) as usize % words.len()];
        let last = [of(&BEGINNINGS, 6), of(&MIDDLES, 12), of(&ENDS, 20)].concat();
        let email = format!("{}.{n}@students.district.example", last.to_lowercase());
        [of(&FIRST, 0).to_owned(), last, email]
    };
    (begin..begin + rows).map(person).collect()
}

/// The same as a CSV file, without passwords.
pub(crate) fn file(begin: usize, count: usize) -> String {
    file_with(begin, count, |_| String::new())
}

/// The same as a CSV file, with a password of one's own for each.
pub(crate) fn file_with(begin: usize, count: usize, password: impl Fn(usize) -> String) -> String {
    let mut content = String::from("first_name,last_name,email,password\n");
    for ([first, last, email], n) in rows(begin, count).into_iter().zip(begin..) {
        content.push_str(&format!("{first},{last},{email},{}\n", password(n)));
    }
    content
}
