import JSON

extension Converse {
    /// Writes images, documents and sounds of one request, in which the names of documents must differ.
    struct MediaWriter {
        private var names = DocumentNames()

        private static let imageFormats = [
            "image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp",
        ]

        private static let audioFormats = ["audio/wav": "wav", "audio/mp3": "mp3", "audio/mpeg": "mp3"]

        private static let documentFormats = [
            "application/pdf": "pdf", "text/csv": "csv", "text/html": "html", "text/plain": "txt",
            "text/markdown": "md", "application/msword": "doc",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
            "application/vnd.ms-excel": "xls",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        ]

        func image(_ media: Media, _ turn: Message, _ path: String) throws(TranslationError) -> JSONObject {
            guard case .base64(let type, let data) = media.source else {
                throw turn.unsupported(path, "an image that is not base64 has no counterpart in \(name)")
            }
            guard let format = Self.imageFormats[type] else {
                throw turn.unsupported(path, "an image of the type \(type) has no counterpart in \(name)")
            }
            return ["format": .string(format), "source": ["bytes": .string(data)]]
        }

        func audio(_ media: Media, _ turn: Message, _ path: String) throws(TranslationError) -> JSONObject {
            guard case .base64(let type, let data) = media.source, let format = Self.audioFormats[type] else {
                throw turn.unsupported(path, "audio that is not WAV or MP3 in base64 has no counterpart in \(name)")
            }
            return ["format": .string(format), "source": ["bytes": .string(data)]]
        }

        mutating func document(_ media: Media, _ turn: Message, _ path: String) throws(TranslationError) -> JSONObject {
            let title = JSONValue.string(names.name(media.title))
            switch media.source {
            case .text(let text): return ["format": "txt", "name": title, "source": ["text": .string(text)]]
            case .base64(let type, let data):
                guard let format = Self.documentFormats[type] else {
                    throw turn.unsupported(path, "a document of the type \(type) has no counterpart in \(name)")
                }
                return ["format": .string(format), "name": title, "source": ["bytes": .string(data)]]
            case .url, .file:
                throw turn.unsupported(path, "a document that is not sent along has no counterpart in \(name)")
            }
        }
    }

    /// Names of the documents of one request: letters, digits, single blanks, hyphens, parentheses and brackets, 200 at
    /// most (API_runtime_DocumentBlock), no two of them alike.
    private struct DocumentNames {
        /// In small letters.
        private var taken: Set<String> = []
        /// How often each was asked for.
        private var counts: [String: Int] = [:]

        private static let lengthMax = 200
        /// Room for a hyphen and a number.
        private static let suffixMax = 12

        mutating func name(_ title: String?) -> String {
            let plain = Self.plain(title ?? "")
            let base = plain.isEmpty ? "document" : plain
            let key = base.lowercased()
            var name = base
            while !taken.insert(name.lowercased()).inserted {
                let count = (counts[key] ?? 1) + 1
                counts[key] = count
                name = base.prefix(Self.lengthMax - Self.suffixMax) + "-\(count)"
            }
            return name
        }

        private static func plain(_ title: String) -> String {
            var name = ""
            for character in title.prefix(lengthMax) {
                let isKept =
                    character.isASCII && (character.isLetter || character.isNumber || "-()[]".contains(character))
                if isKept {
                    name.append(character)
                } else if !name.isEmpty, name.last != " " {
                    name.append(" ")
                }
            }
            if name.last == " " { name.removeLast() }
            return name
        }
    }
}
