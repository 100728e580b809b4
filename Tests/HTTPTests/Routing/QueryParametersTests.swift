import HTTP
import Testing

struct QueryParametersTests {
    @Test func pairsAreDecodedInOrderAndDuplicatesStay() {
        let query = QueryParameters("limit=10&slice.language=zh%2FTW&q=a+b%2Bc&limit=20&flag&empty=&=x&&a=b=c")
        #expect(query["limit"] == "10")
        #expect(query["slice.language"] == "zh/TW")
        #expect(query["q"] == "a b+c")
        #expect(query["flag"] == "" && query["empty"] == "")
        #expect(query["a"] == "b=c")
        #expect(query["missing"] == nil)
        let names = query.all.map(\.name)
        #expect(names == ["limit", "slice.language", "q", "limit", "flag", "empty", "", "a"])
    }
}
