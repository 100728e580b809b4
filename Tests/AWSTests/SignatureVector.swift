import Testing

/// A case of AWS's own test suite for Signature Version 4 (github.com/awslabs/aws-c-auth,
/// tests/aws-signing-test-suite/v4, read 2026-11): what is sent, and the signature that stands in it.
struct SignatureVector: Sendable, CustomTestStringConvertible {
    let name: String
    var method = "GET"
    var path = "/"
    var query = ""
    var fields: [(name: String, value: String)] = []
    var body = ""
    var token: String?
    let signedNames: String
    let signature: String

    var testDescription: String { name }

    private static let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    private static let plainNames = "host;x-amz-date"

    static let all = [
        SignatureVector(
            name: "get-vanilla-with-session-token",
            token: "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
            signedNames: "host;x-amz-date;x-amz-security-token",
            signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
        SignatureVector(
            name: "get-space-normalized", path: "/example space/", signedNames: plainNames,
            signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        SignatureVector(
            name: "get-utf8", path: "/ሴ", signedNames: plainNames,
            signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        SignatureVector(
            name: "get-unreserved", path: "/" + unreserved, signedNames: plainNames,
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        SignatureVector(
            name: "get-vanilla-query-unreserved", query: "\(unreserved)=\(unreserved)", signedNames: plainNames,
            signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        SignatureVector(
            name: "get-vanilla-query-order-key-case", query: "Param2=value2&Param1=value1", signedNames: plainNames,
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        SignatureVector(
            name: "get-vanilla-query-order-encoded", query: "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            signedNames: plainNames, signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
        SignatureVector(
            name: "get-vanilla-utf8-query", query: "ሴ=bar", signedNames: plainNames,
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        SignatureVector(
            name: "get-vanilla-empty-query-key", query: "Param1=value1", signedNames: plainNames,
            signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        SignatureVector(
            name: "get-header-value-trim", fields: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signedNames: "host;my-header1;my-header2;x-amz-date",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        SignatureVector(
            name: "post-header-key-sort", method: "POST", fields: [("My-Header1", "value1")],
            signedNames: "host;my-header1;x-amz-date",
            signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
        SignatureVector(
            name: "post-x-www-form-urlencoded", method: "POST",
            fields: [
                ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "13"),
                ("x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"),
            ], body: "Param1=value1",
            signedNames: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
            signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"),
    ]
}
