import Gateway
import REST

/// Errors of files and batches: as everywhere under `/v1`, but for what is invalid, which is a 400 that names the field
/// there and a 422 with a pointer elsewhere.
enum BatchErrors {
    static let style = ErrorStyle(
        name: OpenAIError.style.name, mediaType: OpenAIError.style.mediaType, schema: OpenAIError.style.schema,
        response: { problem, requestID in
            var problem = problem
            if problem.status == 422 { problem.status = 400 }
            problem.errors = problem.errors.prefix(1).map { error in
                let names = error.pointer.split(separator: "/", omittingEmptySubsequences: true)
                let isQuery = names.first == "query" || names.first == "header"
                return FieldError(names.dropFirst(isQuery ? 1 : 0).joined(separator: "."), error.detail)
            }
            return OpenAIError.style.response(problem, requestID)
        })
}
