//! How the headings of rosters are spelled around the world. What is not spelled as the sample file spells it is a guess,
//! and whoever uploads the file confirms it.

use super::header::Column;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// The longest heading that is worth a guess, in bytes.
const LONGEST: usize = 200;

/// What a heading is likely to mean.
pub(super) fn guess(heading: &str) -> Option<Column> {
    if heading.len() > LONGEST {
        return None;
    }
    let spelled = plain(heading);
    let has = letters(&spelled);
    let inside = || {
        let mut words = KNOWN.inside.iter().filter(|(needs, ..)| has & needs == *needs);
        words.find(|(_, word, _)| spelled.contains(word)).map(|(.., column)| *column)
    };
    KNOWN.whole.get(&spelled).copied().or_else(inside)
}

/// Which letters a word has, a bit each and some of them the same: a word is in another only if its bits are.
fn letters(word: &str) -> u64 {
    word.chars().fold(0, |bits, letter| bits | 1 << (u32::from(letter) % 64))
}

/// The words of all languages, spelled plainly.
struct Known {
    /// Headings as they are.
    whole: HashMap<String, Column>,
    /// Words that may be part of a heading, and the bits of their letters.
    inside: Vec<(u64, String, Column)>,
    /// Headings for the whole name.
    names: HashSet<String>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let words = |words: &'static str, column| words.split(", ").map(move |word| (plain(word), column));
    let whole = words(FIRST_NAMES, Column::FirstName)
        .chain(words(LAST_NAMES, Column::LastName))
        .chain(words(WHOLE_EMAILS, Column::Email))
        .chain(words(WHOLE_PASSWORDS, Column::Password));
    let inside = words(EMAILS, Column::Email)
        .chain(words(PASSWORDS, Column::Password))
        .chain(words(INSIDE_FIRST_NAMES, Column::FirstName))
        .chain(words(INSIDE_LAST_NAMES, Column::LastName))
        .map(|(word, column)| (letters(&word), word, column));
    let names = WHOLE_NAMES.split(", ").map(plain);
    Known { whole: whole.collect(), inside: inside.collect(), names: names.collect() }
});

/// Whether a heading may be one for the whole name: "Name", which is the last name where another column has the first.
pub(super) fn is_name(heading: &str) -> bool {
    heading.len() <= LONGEST && KNOWN.names.contains(&plain(heading))
}

/// A heading without what people vary: case, spaces, signs, and how its letters are composed.
fn plain(heading: &str) -> String {
    let is_sign =
        |c: &char| c.is_ascii_punctuation() || c.is_whitespace() || "\u{FEFF}\u{200B}’‘´`׳״·–—".contains(*c);
    heading.to_lowercase().nfkc().filter(|c| !is_sign(c)).collect()
}

const FIRST_NAMES: &str = "\
    first name, first, given name, given names, given, forename, forenames, christian name, fname, \
    Vorname, Vornamen, Rufname, prénom, prenom, prénoms, nombre, nombres, primer nombre, \
    nombre de pila, nome, nome próprio, primeiro nome, nom de pila, izena, voornaam, roepnaam, fornavn, \
    förnamn, fornafn, eiginnafn, etunimi, eesnimi, vārds, vardas, imię, imie, imiona, jméno, \
    křestní jméno, meno, keresztnév, utónév, prenume, ime, emri, ad, adı, isim, ism, όνομα, имя, ім'я, \
    імя, імʼя, име, аты, есімі, שם פרטי, الاسم الأول, الاسم الاول, الاسم, نام, پہلا نام, पहला नाम, \
    प्रथम नाम, নামের প্রথম অংশ, ชื่อ, ชื่อจริง, tên, nama depan, jina la kwanza, 名, 名字, 名前, 下の名前, 이름, \
    სახელი, անուն";

const LAST_NAMES: &str = "\
    last name, last, surname, surnames, family name, family, lname, Nachname, Familienname, Zuname, \
    nom, nom de famille, apellido, apellidos, primer apellido, cognome, cognoms, abizena, apelido, \
    apelidos, sobrenome, achternaam, familienaam, efternavn, etternavn, efternamn, eftirnafn, \
    kenninafn, sukunimi, perekonnanimi, perenimi, uzvārds, pavardė, nazwisko, příjmení, priezvisko, \
    vezetéknév, családnév, nume, nume de familie, prezime, priimek, mbiemri, soyad, soyadı, soyisim, \
    επώνυμο, επίθετο, фамилия, прізвище, презиме, прозвище, тегі, שם משפחה, اسم العائلة, اللقب, الكنية, \
    الاسم الأخير, نام خانوادگی, خاندانی نام, उपनाम, अंतिम नाम, কুলনাম, นามสกุล, họ, họ và tên đệm, \
    nama belakang, jina la ukoo, 姓, 姓氏, 苗字, 성, გვარი, ազգանուն";

const INSIDE_FIRST_NAMES: &str = "\
    first name, given name, forename, Vorname, prénom, prenom";

const INSIDE_LAST_NAMES: &str = "\
    last name, surname, family name, Nachname, Familienname, apellido, фамилия";

const EMAILS: &str = "\
    email, e-mail, correo, courriel, e-posta, epost, e-pošta, sähköposti, netfang, drejtpost, \
    adresse électronique, ηλεκτρονική διεύθυνση, ηλεκτρονικό ταχυδρομείο, почта, пошта, поща, имейл, \
    דואל, דוא\"ל, אימייל, מייל, البريد, ایمیل, پست الکترونیک, ईमेल, ইমেইল, อีเมล, thư điện tử, surel, \
    邮箱, 电子邮件, 郵箱, 電子郵件, 電郵, メール, 이메일, ელფოსტა, Էլ. փոստ";

const WHOLE_EMAILS: &str = "\
    mail, mail address, Mailadresse, posta, adres e-mail, ел. пошта";

const PASSWORDS: &str = "\
    password, pasword, passwort, passwd, pass word, passcode, passphrase, Kennwort, mot de passe, \
    contraseña, contrasena, contrasenya, palavra-passe, senha, wachtwoord, adgangskode, passord, \
    lösenord, losenord, lykilorð, salasana, parool, parole, slaptažodis, hasło, haslo, heslo, jelszó, \
    jelszo, parola, parolă, lozinka, zaporka, geslo, fjalëkalim, şifre, sifre, κωδικός, συνθηματικό, \
    пароль, парола, лозинка, құпия, סיסמ, كلمة المرور, كلمة السر, رمز عبور, گذرواژه, पासवर्ड, \
    পাসওয়ার্ড, รหัสผ่าน, mật khẩu, kata sandi, nenosiri, 密码, 密碼, 口令, パスワード, 비밀번호, 암호, პაროლი, գաղտնաբառ";

const WHOLE_PASSWORDS: &str = "\
    pass, pwd, pw, psw, pin, code, clave, secret, login code, access code, Kennung, mdp";

const WHOLE_NAMES: &str = "\
    name, names, full name, student name, student, Schüler, pupil, teacher name, parent name, \
    display name, nom complet, nombre completo, nombre y apellidos, nome completo, nome e cognome, \
    nom et prénom, vor- und nachname, volledige naam, naam, navn, namn, nimi, név, фио, ф.и.о., піб, \
    full_name, имя и фамилия, 姓名, 氏名, 성명, الاسم الكامل, ชื่อ-นามสกุล, họ và tên, họ tên, nama, ad soyad";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_many_languages_whatever_their_case_and_signs() {
        for (heading, column) in [
            ("First Name", Column::FirstName),
            ("first-name*", Column::FirstName),
            ("Student First Name", Column::FirstName),
            ("Vorname", Column::FirstName),
            ("Nombre", Column::FirstName),
            ("PRÉNOM", Column::FirstName),
            ("pre\u{301}nom", Column::FirstName),
            ("Имя", Column::FirstName),
            ("Ім’я", Column::FirstName),
            ("Last Name", Column::LastName),
            ("Nom", Column::LastName),
            ("Apellidos", Column::LastName),
            ("ФАМИЛИЯ", Column::LastName),
            ("姓", Column::LastName),
            ("E-Mail-Adresse", Column::Email),
            ("Correo electrónico", Column::Email),
            ("メールアドレス", Column::Email),
            ("PASSWORD ", Column::Password),
            ("Mot de passe", Column::Password),
            ("כלמה סיסמה", Column::Password),
            ("Initial password", Column::Password),
        ] {
            assert_eq!(guess(heading), Some(column), "{heading}");
        }
        for heading in ["Class", "Grade", "Address", "Student ID", "Name", "", "Teacher", "Ann"] {
            assert_eq!(guess(heading), None, "{heading}");
        }
    }

    #[test]
    fn no_spelling_of_one_column_is_one_of_another() {
        for (words, column) in [
            (FIRST_NAMES, Column::FirstName),
            (LAST_NAMES, Column::LastName),
            (EMAILS, Column::Email),
            (WHOLE_EMAILS, Column::Email),
            (PASSWORDS, Column::Password),
            (WHOLE_PASSWORDS, Column::Password),
        ] {
            for word in words.split(", ") {
                assert_eq!(guess(word), Some(column), "{word}");
            }
        }
    }
}
