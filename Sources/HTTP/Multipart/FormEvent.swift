/// What a form consists of, in the order in which it comes. The bytes of all events, one after the other, are the form.
package enum FormEvent: Sendable {
    /// A part begins. The bytes are its delimiter, with the line end before it, and its header section.
    case part(FormPart, ArraySlice<UInt8>)
    /// Of the part that began last.
    case content(ArraySlice<UInt8>)
    /// The closing delimiter, and the line end that may follow it.
    case end(ArraySlice<UInt8>)
}
