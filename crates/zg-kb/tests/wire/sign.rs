//! Keys as texts, signatures of files.

use expect_test::{Expect, expect};
use zg_kb::sign::{KeyPair, Kind, PublicKey, SecretKey, SignError, generate, sign, verify};

fn pair(seed: u8) -> KeyPair {
    generate([seed; 32])
}

#[test]
fn keys_and_signatures_are_texts_of_one_line() {
    let pair = pair(1);
    let signature = sign(&pair.secret, Kind::Bundle, b"bytes of a bundle");
    // Made once and kept: what is signed today is verified by every later build.
    expect![[r#"
        zgkey-secret-1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE
        zgkey-public-1:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w
    "#]]
    .assert_eq(&format!("{}{}\n", *pair.secret.to_text(), pair.public));
    expect![[r#"
        zgsig-1 34750f98bd59fcfc ajMiMonEoRvhmAS5ZXFPLvopXlddAw_MjswqXQ1hYqxoW4aoYHkFzqrn-3V4by2g2KsJ6OcnJurbeQ8f2fjGCw
    "#]]
    .assert_eq(&signature);
    let again: SecretKey = pair.secret.to_text().parse().expect("a secret key");
    assert_eq!(sign(&again, Kind::Bundle, b"bytes of a bundle"), signature);
    assert_eq!(pair.public.to_string().parse(), Ok(pair.public));
    assert_eq!(format!("{}\r\n", pair.public).parse(), Ok(pair.public));
    assert_eq!(verify(&[pair.public], Kind::Bundle, b"bytes of a bundle", &signature), Ok(pair.public.id()));
}

#[test]
fn a_test_vector_of_the_rfc_has_the_same_public_key() {
    // RFC 8032, 7.1, test 1.
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let seed = std::array::from_fn(|at| u8::from_str_radix(&seed[2 * at..2 * at + 2], 16).expect("digits"));
    // d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
    assert_eq!(generate(seed).public.to_string(), "zgkey-public-1:11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
}

#[test]
fn printing_a_pair_does_not_print_the_secret() {
    let pair = pair(1);
    let printed = format!("{pair:?} {:#?}", pair.secret);
    assert!(!printed.contains("AQEB") && !printed.contains("1, 1, 1") && !printed.contains("0101"), "{printed}");
}

#[test]
fn a_signature_fits_one_key_one_kind_and_one_file() {
    let (ours, other) = (pair(1), pair(2));
    let trusted = [other.public, ours.public];
    let kinds = [Kind::Bundle, Kind::Delta, Kind::Manifest];
    for signed in kinds {
        let signature = sign(&ours.secret, signed, b"bytes");
        for kind in kinds {
            let wrong = SignError::Wrong { key: ours.public.id(), kind };
            let expected = if kind == signed { Ok(ours.public.id()) } else { Err(wrong.clone()) };
            assert_eq!(verify(&trusted, kind, b"bytes", &signature), expected);
            for changed in [&b"byteS"[..], b"byte", b"bytes ", b""] {
                assert_eq!(verify(&trusted, kind, changed, &signature), Err(wrong.clone()));
            }
        }
        let unknown = Err(SignError::UnknownKey { key: ours.public.id() });
        assert_eq!(verify(&[other.public], signed, b"bytes", &signature), unknown);
        assert_eq!(verify(&[], signed, b"bytes", &signature), unknown);
        // The name of a trusted key does not help.
        let named = signature.replace(&ours.public.id().to_string(), &other.public.id().to_string());
        assert!(matches!(verify(&trusted, signed, b"bytes", &named), Err(SignError::Wrong { .. })));
    }
}

#[test]
fn every_changed_character_of_a_signature_is_refused() {
    let pair = pair(3);
    let signature = sign(&pair.secret, Kind::Delta, b"bytes");
    let text = signature.trim_end();
    for at in 0..text.len() {
        for letter in ['A', 'z', '0', '_', ' ', '\n', '='] {
            let changed: String = text.char_indices().map(|(i, c)| if i == at { letter } else { c }).collect();
            if changed != text {
                assert!(verify(&[pair.public], Kind::Delta, b"bytes", &changed).is_err(), "{changed}");
            }
        }
        assert!(verify(&[pair.public], Kind::Delta, b"bytes", &text[..at]).is_err());
    }
}

#[test]
fn what_is_wrong_is_said() {
    let ours = pair(1);
    let (secret, public) = (ours.secret.to_text(), ours.public.to_string());
    let check = |error: SignError, expect: Expect| expect.assert_eq(&error.to_string());
    check(
        public.parse::<SecretKey>().expect_err("public"),
        expect!["this is not a secret key; give the file that begins with zgkey-secret-1:, whole"],
    );
    check(
        secret.parse::<PublicKey>().expect_err("secret"),
        expect!["this is not a public key; give the file that begins with zgkey-public-1:, whole"],
    );
    for damaged in ["", "zgkey-public-1:", &public[..public.len() - 1], &format!("{public}A"), &format!(" {public}")] {
        assert!(damaged.parse::<PublicKey>().is_err(), "{damaged}");
    }
    // Not canonical, not a point, of small order.
    for code in [
        "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1x",
        "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert!(format!("zgkey-public-1:{code}").parse::<PublicKey>().is_err(), "{code}");
    }
    let said = |signature: &str, bytes: &[u8], keys: &[PublicKey]| {
        verify(keys, Kind::Bundle, bytes, signature).expect_err("refused")
    };
    let signature = sign(&ours.secret, Kind::Bundle, b"bytes");
    check(
        said("", b"bytes", &[ours.public]),
        expect!["this is not a signature (it does not begin with zgsig-1); fetch it again, or sign again"],
    );
    check(
        said("zgsig-1 xyz", b"bytes", &[ours.public]),
        expect!["this is not a signature (its key id is not 16 hexadecimal digits); fetch it again, or sign again"],
    );
    check(
        said(&signature[..60], b"bytes", &[ours.public]),
        expect!["this is not a signature (it is cut or misspelt); fetch it again, or sign again"],
    );
    check(
        said(&signature.replace('\n', " more"), b"bytes", &[ours.public]),
        expect!["this is not a signature (something follows it); fetch it again, or sign again"],
    );
    check(
        said(&signature, b"bytes", &[pair(2).public]),
        expect![
            "signed with the key 34750f98bd59fcfc, which is not trusted; add its public key if it is yours, else refuse the file"
        ],
    );
    check(
        said(&signature, b"other", &[ours.public]),
        expect![
            "the signature by the key 34750f98bd59fcfc does not fit this bundle; fetch both again, and refuse the file if it stays so"
        ],
    );
}
