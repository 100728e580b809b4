import Testing

@testable import HTTP

/// The Date field of answers.
@Suite struct DateCacheTests {
    @Test(
        arguments: [
            // The example of RFC 9110 §5.6.7, then the edges of days, years and a leap day.
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"), (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
        ] as [(Int64, String)])
    func rfc9110Section5_6_7DatesAreInImfFixdate(_ seconds: Int64, _ text: String) {
        #expect(DateCache.text(of: seconds) == text)
    }
}
