import Domain
import Testing

@testable import Gateway

@Suite struct RetryAfterTests {
    /// 1994-11-06T08:49:37Z.
    private static let now = Timestamp(milliseconds: 784_111_777_000)

    private static func read(_ seconds: String?, milliseconds: String? = nil) -> UInt64? {
        RetryAfter.nanoseconds(
            UpstreamHead(status: 429, retryAfter: seconds, retryAfterMilliseconds: milliseconds), now: now)
    }

    @Test func millisecondsGoBeforeSecondsAndSecondsBeforeNothing() {
        #expect(Self.read("7", milliseconds: "6500") == 6_500_000_000)
        #expect(Self.read("7", milliseconds: "soon") == 7_000_000_000)
        #expect(Self.read("1.5") == 1_500_000_000)
        #expect(Self.read("0") == 0)
        #expect(Self.read(nil) == nil)
        #expect(RetryAfter.nanoseconds(nil, now: Self.now) == nil)
    }

    @Test func aDateIsCountedFromNow() {
        #expect(Self.read("Sun, 06 Nov 1994 08:49:47 GMT") == 10_000_000_000)
        #expect(Self.read("Sun, 06 Nov 1994 08:49:37 GMT") == 0)
        #expect(Self.read("Tue, 01 Feb 1994 00:00:00 GMT") == 0)
    }

    @Test(arguments: [
        "", " ", "-1", "nan", "inf", "1e", "soon", "0x", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 +8:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 99999 08:49:37 GMT",
    ])
    func whatCannotBeReadIsNoAnswer(text: String) {
        #expect(Self.read(text) == nil)
    }

    /// A hostile head neither overflows nor is believed for ever.
    @Test(arguments: ["1e300", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
    func noPauseIsLongerThanAWeek(text: String) {
        #expect(Self.read(text) == 604_800_000_000_000)
    }

    @Test func datesAreReadAsTheCalendarHasThem() {
        #expect(HTTPDate.seconds("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
        #expect(HTTPDate.seconds("Tue, 29 Feb 2000 12:00:00 GMT") == 951_825_600)
        #expect(HTTPDate.seconds("Mon, 01 Mar 2100 00:00:00 GMT") == 4_107_542_400)
        #expect(HTTPDate.seconds("Sat, 31 Dec 2016 23:59:60 GMT") == 1_483_228_800)
    }
}
