import Domain
import HTTP
import JSON
import REST

extension Gateway {
    /// `POST /api/v1/deployments/{deployment}/explain`
    var explain: Endpoint {
        Endpoint(
            .post, "/api/v1/deployments/{deployment}/explain", .permission(.deploymentsRead), tag: "deployments",
            summary: "Tell what would become of a request, and why; nothing is sent",
            query: [.init("environment", .name, "production by default")], body: ExplainSchema.body,
            answers: [.init(200, "the unit, the rules, the variant and the tries", ExplainSchema.answer)]
        ) { [self] call in
            let name = call.parameter("deployment")
            let environment = call.query("environment") ?? "production"
            let live = names.routing.current.deployment(project: call.project, environment: environment, name: name)
            guard let live else { throw Problem.notFound("deployment \(name) in \(environment)") }
            let now = clock.now()
            return .value(
                try Explanation(call, of: live, DeploymentPlan.of(live, self, at: now), names.routing.current, now: now)
                    .json)
        }
    }
}
