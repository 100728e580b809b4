import JSON

/// What must hold for the upstreams of a variant.
enum UpstreamRules {
    /// - Parameter pointer: of the variant.
    static func violations(in variant: JSONValue, at pointer: String) -> [Violation] {
        guard let upstreams = variant["upstreams"]?.arrayValue else {
            return variant["balance"] == nil
                ? [] : [Violation("\(pointer)/balance", "is for variants that name their upstreams")]
        }
        let isWeighted = variant["balance"]?.stringValue == BalancePolicy.weighted.rawValue
        return repeated(upstreams, pointer)
            + (isWeighted ? shares(upstreams, "\(pointer)/upstreams") : strayWeights(upstreams, pointer))
    }

    private static func repeated(_ upstreams: [JSONValue], _ pointer: String) -> [Violation] {
        var seen = Set<String>()
        return upstreams.enumerated().compactMap { index, upstream in
            guard let provider = upstream["provider"]?.stringValue, !seen.insert(provider).inserted else { return nil }
            return Violation("\(pointer)/upstreams/\(index)/provider", "is the provider of another upstream")
        }
    }

    private static func strayWeights(_ upstreams: [JSONValue], _ pointer: String) -> [Violation] {
        upstreams.enumerated().compactMap { index, upstream in
            guard upstream["weight"] != nil else { return nil }
            return Violation(
                "\(pointer)/upstreams/\(index)/weight",
                "is for variants whose balance is \(BalancePolicy.weighted.rawValue)")
        }
    }

    private static func shares(_ upstreams: [JSONValue], _ pointer: String) -> [Violation] {
        var violations = [Violation]()
        var sum = 0
        for (index, upstream) in upstreams.enumerated() {
            guard let percent = upstream["weight"]?.doubleValue else {
                violations.append(Violation("\(pointer)/\(index)/weight", "must be given: the shares are by weight"))
                continue
            }
            // What is beyond 0 to 100 the schema tells.
            guard (0...100).contains(percent) else { return violations }
            guard let weight = Weight(percent: percent) else {
                violations.append(Violation("\(pointer)/\(index)/weight", "must have at most two decimals"))
                continue
            }
            sum += weight.hundredths
        }
        guard violations.isEmpty, sum != Weight.whole.hundredths else { return violations }
        return [Violation(pointer, "must have weights that sum to 100")]
    }
}
