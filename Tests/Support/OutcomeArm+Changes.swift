package import Domain

extension OutcomeArm {
    /// Of the deployment `bot` in production, unless told otherwise.
    package static func of(
        project: String = "default", deploymentID: String = "d", deployment: String = "bot",
        environment: String = "production", revision: Int = 1, variant: String = "a", provider: String = "p",
        model: String = "m@1", prompt: String? = nil
    ) -> OutcomeArm {
        OutcomeArm(
            project: project, deploymentID: deploymentID, deployment: deployment, environment: environment,
            revision: revision, variant: variant, provider: provider, model: model, prompt: prompt)
    }

    /// The same but for what is given.
    package func with(
        project: String? = nil, deploymentID: String? = nil, deployment: String? = nil, environment: String? = nil,
        revision: Int? = nil, variant: String? = nil
    ) -> OutcomeArm {
        OutcomeArm(
            project: project ?? self.project, deploymentID: deploymentID ?? self.deploymentID,
            deployment: deployment ?? self.deployment, environment: environment ?? self.environment,
            revision: revision ?? self.revision, variant: variant ?? self.variant, provider: provider, model: model,
            prompt: prompt)
    }
}
