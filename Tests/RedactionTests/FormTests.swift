import Testing

@testable import Redaction

@Suite struct FormTests {
    private func redacted(_ text: String) -> String {
        String(decoding: RedactedBytes(Array(text.utf8)).bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("write to ada@example.com.", "write to [email]."),
        ("<Ada.Lovelace+x@mail.example.co.uk>", "<[email]>"),
        ("'ada@b.example', ok", "'[email]', ok"),
        ("müller@exämple.de und 請聯絡ada@example.com謝謝", "[email] und 請聯絡[email]謝謝"),
        ("a@b.example@c.org", "[email]@c.org"),
        ("call +49 (0)151 23456789 now", "call [phone] now"),
        ("+1-415-555-2671, (415) 555-2671, 415.555.2671", "[phone], [phone], [phone]"),
        ("0049 151 23456789 or 030/1234567 or 06 12 34 56 78", "[phone] or [phone] or [phone]"),
        ("+33\u{202F}6\u{202F}12\u{202F}34\u{202F}56\u{202F}78", "[phone]"),
        ("card 4111 1111 1111 1111 exp 12/27", "card [card] exp 12/27"),
        ("378282246310005 5500-0000-0000-0004", "[card] [card]"),
        ("12 4111111111111111.", "12 [card]."),
        ("4111111111111111+4915112345678", "[card][phone]"),
        ("4111\u{2011}1111\u{2011}1111\u{2011}1111", "[card]"),
        ("DE89 3704 0044 0532 0130 00 is my IBAN", "[iban] is my IBAN"),
        ("GB82WEST12345698765432, de89370400440532013000", "[iban], [iban]"),
        ("NO93 8601 1117 947 FROM", "[iban] FROM"),
        ("key=sk-abcdefghijklmnopqrstuvwx;", "key=[secret];"),
        ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
        ("Authorization: Bearer abc123DEF456ghi789", "Authorization: Bearer [secret]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!", "[secret]!"),
        ("cut eyJhbGciOiJIUzI1NiJ9.eyJzdWI", "cut [secret]"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nrest", "[secret]\nrest"),
        ("-----BEGIN EC PRIVATE KEY-----\nMIIEabc", "[secret]"),
        ("sbx_k1234567_0123456789abcdef", "[secret]"),
        ("gsk_abcdefghijklmnopqrstuvwx pplx-abcdefghijklmnopqrstuvwx", "[secret] [secret]"),
        ("xai-abcdefghijklmnopqrstuvwx fw_abcdefghijklmnopqrstuvwx", "[secret] [secret]"),
        ("tgp_v1_abcdefghijklmnopqrstuvwx", "[secret]"),
        ("[-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----4111111111111111", "[[secret]\"[card]\""),
    ])
    func whatHasAFormIsReplaced(_ text: String, _ expected: String) {
        #expect(redacted(text) == expected)
    }

    @Test(arguments: [
        "user@localhost", "lodash@4.17.21", "@handle", "a@", "support-bot@production",
        "sk-learn and task-management-for-everyone", "AKIA and AKIAIOSFODNN7EXAMPLEX", "the Bearer of bad news",
        "Bearer internationalization", "eyJhbGciOi.txt", "ghp_short", "-----BEGIN CERTIFICATE-----",
        "4111111111111112", "0.4532015112830366", "1763747583000", "41111111111111110000000", "a4111111111111111",
        "2024-05-17 12:30:00", "550e8400-e29b-41d4-a716-446655440000", "192.168.100.200", "1+23456789", "x=-1",
        "DE88370400440532013000", "100 200 3000", "10 11 12 13 14 15 16", "01-02-2024", "version 1.2.3.4",
        "price 1.234,56 €", "0x4111111111111111", "f(2, 3)", "(1) 2 3", "😀 日本語のテキスト", "",
    ])
    func whatOnlyLooksLikeItStays(_ text: String) {
        #expect(redacted(text) == text)
    }

    @Test(arguments: [
        (#"{"m":"a\u0040b.example"}"#, #"{"m":"[email]"}"#),
        (
            #"{"m":"[\n-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----4111111111111111"}"#,
            #"{"m":"[\n[secret]\"[card]\""}"#
        ),
        (#"{"m":"\u0061da@ex\u0061mple.com\/x"}"#, #"{"m":"[email]\/x"}"#),
        (#"{"n":4111111111111111,"m":[-4111111111111111 , 1]}"#, #"{"n":"[card]","m":["[card]" , 1]}"#),
        (
            #"{"a":"{\"to\":\"ada@b.example\",\"n\":4111111111111111}"}"#,
            #"{"a":"{\"to\":\"[email]\",\"n\":\"[card]\"}"}"#
        ),
        (#"{"a":"{\"to\":\"ada\\u0040b.example\"}"}"#, #"{"a":"{\"to\":\"[email]\"}"}"#),
        (#"{"ada@b.example":"\"+4915123456789\""}"#, #"{"[email]":"\"[phone]\""}"#),
        (#"{"k":"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}"#, #"{"k":"[secret]\n"}"#),
        (
            #"{"m":[{"content":"card 4111 1111 1111\u00201111 \ud83d\ude00"#,
            #"{"m":[{"content":"card [card] \ud83d\ude00"#
        ),
        (#"{"m":"ends in a backslash ada@b.example\"#, #"{"m":"ends in a backslash [email]\"#),
        (#"[see] it's 6" of ada@b.example"#, #"[see] it's 6" of [email]"#),
        (
            #"{"x":0.4532015112830366,"t":1763747583000,"y":1e5}"#,
            #"{"x":0.4532015112830366,"t":1763747583000,"y":1e5}"#
        ),
    ])
    func jsonIsReadByWhatItsStringsSay(_ text: String, _ expected: String) {
        #expect(redacted(text) == expected)
    }

    @Test func kindsAreCounted() {
        let result = RedactedBytes(Array("a@b.de, c@d.de, 4111111111111111".utf8))
        #expect(result.counts == [.email: 2, .card: 1])
    }

    /// The end of what is kept neither cuts a character nor lets half of a number stand.
    @Test func whatStandsAcrossTheEndIsRecognised() {
        let text = "é card 4111111111111111 and a@b.de"
        for bytesMax in 0...text.utf8.count {
            let kept = String(decoding: RedactedBytes(Array(text.utf8), keeping: bytesMax).bytes, as: UTF8.self)
            #expect("é card [card] and [email]".hasPrefix(kept), "\(bytesMax): \(kept)")
        }
    }
}
