/// What is live behind every name: immutable, built aside, swapped whole.
package struct RoutingTable: Sendable {
    package struct Key: Hashable, Sendable {
        package let project: String
        package let environment: String
        package let name: String

        package init(project: String, environment: String, name: String) {
            self.project = project
            self.environment = environment
            self.name = name
        }
    }

    package static let empty = RoutingTable([])
    package let deployments: [Key: LiveDeployment]

    package init(_ deployments: [LiveDeployment]) {
        var table = [Key: LiveDeployment](minimumCapacity: deployments.count)
        for deployment in deployments {
            table[Key(project: deployment.project, environment: deployment.environment, name: deployment.name)] =
                deployment
        }
        self.deployments = table
    }

    package func deployment(project: String, environment: String, name: String) -> LiveDeployment? {
        deployments[Key(project: project, environment: environment, name: name)]
    }

    /// A bare name: the key's own environment, else `production`.
    package func deployment(project: String, preferring environment: String, name: String) -> LiveDeployment? {
        deployment(project: project, environment: environment, name: name)
            ?? (environment == "production"
                ? nil : deployment(project: project, environment: "production", name: name))
    }
}
