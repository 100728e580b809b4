/// The first bytes of a server of TLS 1.2 (RFC 5246), as a script can say them: a client checks the certificate before
/// it looks at anything that a key would be needed for.
enum TLSScript {
    /// A fatal alert: unexpected_message (§7.2).
    static let alert: [UInt8] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0A]

    /// ServerHello and a Certificate that nobody but itself has signed.
    static let selfSigned: [UInt8] = record(handshake(2, serverHello) + handshake(11, certificates))

    /// §6.2.1
    private static func record(_ bytes: [UInt8]) -> [UInt8] { [0x16, 0x03, 0x03] + length(bytes.count, 2) + bytes }

    /// §7.4
    private static func handshake(_ type: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [type] + length(bytes.count, 3) + bytes
    }

    private static func length(_ count: Int, _ width: Int) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
    }

    /// §7.4.1.3: version, random, no session, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, no compression; and the empty
    /// renegotiation_info (RFC 5746 §3.4), without which a client says no before it sees the certificate.
    private static let serverHello: [UInt8] =
        [0x03, 0x03] + [UInt8](repeating: 0x5A, count: 32) + [0x00, 0xC0, 0x2B, 0x00]
        + [0x00, 0x05, 0xFF, 0x01, 0x00, 0x01, 0x00]

    /// §7.4.2
    private static let certificates: [UInt8] = {
        let one = length(certificate.count, 3) + certificate
        return length(one.count, 3) + one
    }()

    /// X.509, DER: CN=localhost, IP 127.0.0.1, ECDSA with P-256, valid for a hundred years. Its key was thrown away.
    private static let certificate: [UInt8] = bytes(
        """
        3082018f30820136a003020102021449ce49bd4b7209d5a3a45b40d0d369a822454a98300a06082a8648ce3d04030230143112301006
        035504030c096c6f63616c686f73743020170d3236313132313131343130385a180f32313236313032383131343130385a3014311230
        1006035504030c096c6f63616c686f73743059301306072a8648ce3d020106082a8648ce3d030107034200043fb8b9f4203c071a9e90
        306d83a5075afc9d12a9a4be35fcae816990f56835f98bd52b8ce921c294c9b11d68dd506a9b40dbeb5bf1c6123692dc8d125ac2d8ef
        a3643062301d0603551d0e041604140228a40cffca762181f31d8ab3f2b9017909d325301f0603551d230418301680140228a40cffca
        762181f31d8ab3f2b9017909d325300f0603551d130101ff040530030101ff300f0603551d110408300687047f000001300a06082a86
        48ce3d0403020347003044022052fbc8e0b0043a5e29804a5179bc05b786b2ba376bc731fd057a43050f9c74e602205b106c06f451ea
        0cc051e1671a0a1505cc4406714505cea04eb7257501cd9104
        """)

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
