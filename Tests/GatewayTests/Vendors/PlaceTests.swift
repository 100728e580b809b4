import Domain
import JSON
import Testing

@testable import Gateway

/// Where the kinds are that are in several places: nothing leaves the place that a provider says.
@Suite struct PlaceTests {
    private static func address(_ kind: String, _ settings: JSONObject) -> String? {
        Gateway.providerKinds[kind]?.baseURL(settings)
    }

    private static func pointers(
        _ kind: String, _ settings: JSONObject, _ address: String? = nil
    ) -> [String] {
        var document: JSONObject = ["kind": .string(kind), "settings": .object(settings)]
        document["base_url"] = address.map(JSONValue.string)
        return ProviderRules.violations(in: .object(document), kinds: Gateway.providerKinds).map(\.pointer)
    }

    @Test func bedrockIsAskedInTheRegionThatIsSignedFor() {
        #expect(Self.address("bedrock", [:]) == "https://bedrock-runtime.us-east-1.amazonaws.com")
        #expect(
            Self.address("bedrock", ["region": "eu-central-1"]) == "https://bedrock-runtime.eu-central-1.amazonaws.com")
        #expect(Self.pointers("bedrock", ["region": "eu-central-1"]).isEmpty)
        #expect(Self.pointers("bedrock", ["region": "EU-Central-1"]) == ["/settings/region"])
        let fips = "https://bedrock-runtime-fips.us-east-1.amazonaws.com"
        #expect(Self.pointers("bedrock", [:], fips).isEmpty)
        #expect(Self.pointers("bedrock", ["region": "eu-central-1"], fips) == ["/settings/region"])
        let proxy = "https://proxy.example.com"
        #expect(Self.pointers("bedrock", ["region": "eu-central-1"], proxy).isEmpty)
    }

    @Test(
        arguments: [
            (nil, "aiplatform.googleapis.com"), ("global", "aiplatform.googleapis.com"),
            ("europe-west4", "europe-west4-aiplatform.googleapis.com"), ("eu", "aiplatform.eu.rep.googleapis.com"),
            ("us", "aiplatform.us.rep.googleapis.com"), ("asia", "aiplatform.googleapis.com"),
        ] as [(String?, String)])
    func vertexIsAskedWhereItsLocationIs(location: String?, host: String) throws {
        var settings: JSONObject = ["project": "p"]
        settings["location"] = location.map(JSONValue.string)
        let address = try #require(Self.address("vertex", settings))
        #expect(address == "https://" + host)
        // What is stored for it can be stored again.
        #expect(Self.pointers("vertex", settings).isEmpty)
        #expect(Self.pointers("vertex", settings, address).isEmpty)
    }

    @Test(arguments: [
        ("https://aiplatform.googleapis.com", "europe-west4"), ("https://aiplatform.eu.rep.googleapis.com", "global"),
        ("https://aiplatform.eu.rep.googleapis.com", "us"), ("https://europe-west4-aiplatform.googleapis.com", "eu"),
        ("https://europe-west4-aiplatform.googleapis.com", "us-east1"),
    ])
    func aHostServesNoOtherPlace(address: String, location: String) {
        let settings: JSONObject = ["project": "p", "location": .string(location)]
        #expect(Self.pointers("vertex", settings, address) == ["/settings/location"])
        #expect(Self.pointers("vertex", settings, "https://proxy.example.com").isEmpty)
    }

    @Test func theGlobalHostServesWhatIsInSeveralRegions() {
        for location in ["global", "us", "eu", "europe"] {
            let settings: JSONObject = ["project": "p", "location": .string(location)]
            #expect(Self.pointers("vertex", settings, "https://aiplatform.googleapis.com").isEmpty)
        }
    }
}
