import REST

extension Call {
    /// A version or revision in the path. What is no number from 1 names nothing, so it is 404.
    func number(_ parameter: String, of what: String) throws -> Int {
        let text = self.parameter(parameter)
        guard let number = Int(text), number >= 1, String(number) == text else {
            throw Problem.notFound("\(what) \(text)")
        }
        return number
    }
}
