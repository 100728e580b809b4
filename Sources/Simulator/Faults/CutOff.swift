/// Thrown out of a streamed body, so that the server ends the connection without the body's end.
struct CutOff: Error {}
