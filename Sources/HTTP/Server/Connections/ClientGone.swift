/// The client has left, or read too slowly for too long: nothing more can be written to it.
package struct ClientGone: Error, Sendable {
    package init() {}
}
