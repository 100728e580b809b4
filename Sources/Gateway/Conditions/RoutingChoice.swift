import Domain
import HTTP
import JSON

/// From a request to the variant that serves it: the one way that there is, for calls and for what explains them.
struct RoutingChoice {
    let unit: String
    let unitSource: CallerUnit.Source
    let slices: CallerSlices
    /// What the conditions were asked about; nil where there are none.
    let facts: RequestFacts?
    /// nil when no variant may serve the request.
    let choice: VariantChoice?

    init(
        _ request: Request, _ chat: CallerRequest, _ deployment: LiveDeployment,
        alsoWithin regions: [RegionRule] = [], principal: Principal, requestID: String, now: Timestamp
    ) throws(OpenAIError) {
        let metadata = try chat.metadata()
        let slices = try CallerSlices(request, metadata: metadata)
        let (unit, source) = CallerUnit.of(
            request, chat, metadata: metadata, kind: deployment.options.unit, requestID: requestID)
        self.slices = slices
        self.unit = unit
        unitSource = source
        guard deployment.hasConditions || !regions.isEmpty else {
            let (index, probability) = deployment.assign(unit: unit)
            facts = nil
            choice = VariantChoice(index: index, probability: probability, rule: nil, allowed: nil)
            return
        }
        let facts = RequestFacts(
            head: request.head, chat: chat, metadata: metadata, slices: slices.pairs, principal: principal,
            assigned: unit, now: now)
        self.facts = facts
        choice = deployment.choose(unit: unit, facts, alsoWithin: regions)
    }

    /// The region rules of the deployment leave nobody.
    static let nowhere = OpenAIError(
        status: 403, message: "no variant may serve this request: the deployment's region rules allow none of them",
        code: "region_not_allowed")
}
