extension SettingDefinition {
    private static let milliseconds = Kind.integer(1...86_400_000)
    private static let bytes = Kind.integer(1_024...1 << 30)

    /// Every setting there is. config/signalbox.yaml shows the same ones with the same defaults.
    static let all: [SettingDefinition] = [
        .init("server.listen", .text, "127.0.0.1:8484", variable: "SIGNALBOX_LISTEN"),
        .init("server.data_dir", .text, "./var", variable: "SIGNALBOX_DATA_DIR"),
        .init("server.loops", .integer(0...256), "0", variable: "SIGNALBOX_LOOPS"),
        .init("server.drain_delay_ms", .integer(0...600_000), "0"),
        .init("server.drain_timeout_ms", milliseconds, "30000"),
        .init("server.connections_max", .integer(1...1_000_000), "10000"),
        .init("server.connections_per_address_max", .integer(1...1_000_000), "10000"),
        .init("server.request_line_bytes_max", .integer(256...65_536), "8192"),
        .init("server.header_bytes_max", .integer(1_024...1 << 20), "32768"),
        .init("server.header_count_max", .integer(1...1_000), "100"),
        .init("server.body_bytes_max", bytes, "16777216"),
        .init("server.pipeline_depth_max", .integer(1...1_024), "64"),
        .init("server.idle_timeout_ms", milliseconds, "75000"),
        .init("server.header_timeout_ms", milliseconds, "10000"),
        .init("server.body_timeout_ms", milliseconds, "30000"),
        .init("server.write_timeout_ms", milliseconds, "30000"),
        .init("server.write_buffer_bytes_max", bytes, "262144"),
        .init("server.body_bytes_total_max", .integer(1 << 20...1 << 40), "1073741824"),
        .init("server.chunk_extension_bytes_max", .integer(0...1 << 20), "4096"),
        .init("server.inferences_max", .integer(1...1_000_000), "4096"),
        .init("server.shed_target_ms", .integer(0...60_000), "20"),
        .init("server.shed_interval_ms", .integer(1...60_000), "100"),
        .init(
            "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]), "info",
            variable: "SIGNALBOX_LOG", reloadable: true),
        .init("log.format", .choice(["auto", "json", "text"]), "auto"),
        .init("store.readers", .integer(1...64), "2"),
        .init("metrics.access", .choice(["auto", "open", "key"]), "auto"),
        .init("gateway.connect_timeout_ms", milliseconds, "5000"),
        .init("gateway.first_byte_timeout_ms", milliseconds, "60000"),
        .init("gateway.idle_gap_timeout_ms", milliseconds, "60000"),
        .init("gateway.total_timeout_ms", milliseconds, "600000"),
        .init("gateway.connections_per_provider_max", .integer(0...65_536), "0"),
        .init("gateway.idle_connections_max", .integer(0...65_536), "1024"),
        .init("gateway.plain_answer_bytes_max", bytes, "16777216"),
        .init("gateway.stream_buffer_bytes_max", bytes, "262144"),
        .init("gateway.body_bytes_max", bytes, "16777216"),
        .init("telemetry.queue_max", .integer(100...10_000_000), "100000"),
        .init("telemetry.batch_max", .integer(1...100_000), "4000"),
        .init("telemetry.flush_interval_ms", .integer(1...100), "100"),
        .init("monitor.probe_concurrency", .integer(1...1_024), "4"),
    ]
}
