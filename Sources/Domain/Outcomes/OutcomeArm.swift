/// What all outcomes of a variant have in common while one revision of its deployment serves. Made once and pointed at
/// by each of them: to hold every one of these texts would cost an inference more than to be routed.
package final class OutcomeArm: Sendable {
    package let project: String
    /// Empty when the request named no known deployment.
    package let deploymentID: String
    /// As it was asked for.
    package let deployment: String
    package let environment: String
    package let revision: Int
    package let variant: String
    /// The provider's name.
    package let provider: String
    package let model: String
    package let prompt: String?

    package init(
        project: String, deploymentID: String, deployment: String, environment: String, revision: Int, variant: String,
        provider: String, model: String, prompt: String?
    ) {
        self.project = project
        self.deploymentID = deploymentID
        self.deployment = deployment
        self.environment = environment
        self.revision = revision
        self.variant = variant
        self.provider = provider
        self.model = model
        self.prompt = prompt
    }

    /// Of a request that named no known deployment.
    package convenience init(project: String, asked deployment: String) {
        self.init(
            project: project, deploymentID: "", deployment: deployment, environment: "", revision: 0, variant: "",
            provider: "", model: "", prompt: nil)
    }
}
