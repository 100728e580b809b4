/// What stays on one variant.
package enum AssignmentUnit: String, Sendable, CaseIterable {
    case user, session, request
}
