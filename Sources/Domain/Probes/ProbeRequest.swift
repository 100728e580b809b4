/// One example of a golden dataset, to be sent through one variant as it is live now.
package struct ProbeRequest: Sendable {
    package let deployment: LiveDeployment
    /// Index into `deployment.variants`. No fallback takes its place: the probe measures this one.
    package let variant: Int
    package let input: DatasetExample.Input
    /// Of the probe run; the outcome carries it as its request id.
    package let runID: String
    /// For the whole call.
    package let timeout: Duration

    package init(
        deployment: LiveDeployment, variant: Int, input: DatasetExample.Input, runID: String, timeout: Duration
    ) {
        self.deployment = deployment
        self.variant = variant
        self.input = input
        self.runID = runID
        self.timeout = timeout
    }
}
