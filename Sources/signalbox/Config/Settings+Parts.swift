import Batch
import Domain
import Gateway
import HTTP
import REST
import Telemetry

/// The settings as each part of the house takes them.
extension Settings {
    /// `auto`: open while every listener is on loopback, else behind a key.
    var metricsAccess: Access {
        switch text("metrics.access") {
        case "open": .open
        case "key": .permission(.metricsRead)
        default: (try? isLoopback) == true ? .open : .permission(.metricsRead)
        }
    }

    var serverLimits: ServerLimits {
        var limits = ServerLimits()
        limits.requestLineBytesMax = integer("server.request_line_bytes_max")
        limits.headerBytesMax = integer("server.header_bytes_max")
        limits.headerCountMax = integer("server.header_count_max")
        limits.bodyBytesMax = integer("server.body_bytes_max")
        limits.connectionsMax = integer("server.connections_max")
        limits.connectionsPerAddressMax = integer("server.connections_per_address_max")
        limits.pipelineDepthMax = integer("server.pipeline_depth_max")
        limits.idleTimeout = duration("server.idle_timeout_ms")
        limits.headerTimeout = duration("server.header_timeout_ms")
        limits.bodyTimeout = duration("server.body_timeout_ms")
        limits.writeTimeout = duration("server.write_timeout_ms")
        limits.writeBufferBytesMax = integer("server.write_buffer_bytes_max")
        limits.bodyBytesTotalMax = integer("server.body_bytes_total_max")
        limits.chunkExtensionBytesMax = integer("server.chunk_extension_bytes_max")
        limits.inferencesMax = integer("server.inferences_max")
        limits.shedTarget = duration("server.shed_target_ms")
        limits.shedInterval = duration("server.shed_interval_ms")
        limits.coding.answerBytesMin = integer("server.compressed_bytes_min")
        limits.coding.level = integer("server.compression_level")
        limits.coding.requestRatioMax = integer("server.expansion_ratio_max")
        return limits
    }

    var gateway: GatewaySettings {
        var gateway = GatewaySettings()
        gateway.connectTimeoutMilliseconds = integer("gateway.connect_timeout_ms")
        gateway.firstByteTimeoutMilliseconds = integer("gateway.first_byte_timeout_ms")
        gateway.idleGapTimeoutMilliseconds = integer("gateway.idle_gap_timeout_ms")
        gateway.totalTimeoutMilliseconds = integer("gateway.total_timeout_ms")
        gateway.connectionsPerUpstreamMax = integer("gateway.connections_per_provider_max")
        gateway.idleConnectionsMax = integer("gateway.idle_connections_max")
        gateway.plainAnswerBytesMax = integer("gateway.plain_answer_bytes_max")
        gateway.batchAnswerBytesMax = integer("batch.answer_bytes_max")
        gateway.streamBufferBytesMax = integer("gateway.stream_buffer_bytes_max")
        gateway.bodyBytesMax = integer("gateway.body_bytes_max")
        gateway.cacheBytesMax = integer("gateway.cache_bytes_max")
        gateway.cacheEntryBytesMax = integer("gateway.cache_entry_bytes_max")
        gateway.cacheRequestBytesMax = integer("gateway.cache_request_bytes_max")
        gateway.cacheVectorBytesMax = integer("gateway.cache_vector_bytes_max")
        gateway.cacheDiskTimeoutMilliseconds = integer("gateway.cache_disk_timeout_ms")
        gateway.uploadBytesMax = integer("gateway.upload_bytes_max")
        gateway.uploadHeldBytesMax = integer("gateway.upload_held_bytes_max")
        gateway.storedBodyBytesMax = integer("telemetry.stored_body_bytes_max")
        gateway.bodyBudgetBytesMax = integer("telemetry.waiting_bodies_bytes_max")
        gateway.outputTokensAssumed = integer("gateway.output_tokens_assumed")
        gateway.uploadBytesPerToken = integer("gateway.upload_bytes_per_token")
        gateway.keptTokensAssumed = integer("gateway.kept_tokens_assumed")
        gateway.allowsUnpricedUnderBudget = text("gateway.unpriced_under_budget") == "allow"
        gateway.resilience = resilience
        return gateway
    }

    private var resilience: ResilienceSettings {
        var resilience = ResilienceSettings()
        resilience.tryTimeoutMilliseconds = integer("gateway.try_timeout_ms")
        resilience.retriesMax = integer("gateway.retries_max")
        resilience.retryBackoffMilliseconds = integer("gateway.retry_backoff_ms")
        resilience.retryBackoffMaxMilliseconds = integer("gateway.retry_backoff_max_ms")
        resilience.retryAfterMaxMilliseconds = integer("gateway.retry_after_max_ms")
        resilience.retryBudgetPercent = integer("gateway.retry_budget_percent")
        resilience.retryBudgetPerSecond = integer("gateway.retry_budget_per_second")
        resilience.breaks = text("gateway.breaker") == "on"
        resilience.breakerConsecutiveFailures = integer("gateway.breaker_consecutive_failures")
        resilience.breakerFailurePercent = integer("gateway.breaker_failure_percent")
        resilience.breakerRequestsMin = integer("gateway.breaker_requests_min")
        resilience.breakerWindowMilliseconds = integer("gateway.breaker_window_ms")
        resilience.breakerOpenMilliseconds = integer("gateway.breaker_open_ms")
        resilience.breakerOpenMaxMilliseconds = integer("gateway.breaker_open_max_ms")
        resilience.breakerTrials = integer("gateway.breaker_trials")
        resilience.coolDownMilliseconds = integer("gateway.cool_down_ms")
        resilience.coolDownMaxMilliseconds = integer("gateway.cool_down_max_ms")
        return resilience
    }

    /// - Throws: `StartFailure` with exit code 2.
    var prices: PriceTable {
        get throws {
            try PriceTableLoader(place: text("gateway.prices"), kinds: Gateway.providerKinds.names).load()
        }
    }

    var retention: RetentionSettings {
        var retention = RetentionSettings()
        for kind in TelemetryKind.allCases {
            let days = integer("telemetry.keep_\(kind.rawValue)_days")
            retention.days[kind] = days == 0 ? nil : days
        }
        return retention
    }

    var batch: BatchSettings {
        var batch = BatchSettings()
        batch.concurrency = integer("batch.concurrency")
        batch.liveInferencesMax = integer("batch.live_inferences_max")
        batch.fileBytesMax = integer("batch.file_bytes_max")
        batch.linesMax = integer("batch.lines_max")
        batch.bodyBytesMax = integer("gateway.body_bytes_max")
        batch.projectBytesMax = integer("batch.project_bytes_max")
        batch.freeBytesMin = integer("batch.free_bytes_min")
        let days = integer("batch.keep_days")
        batch.keepDays = days == 0 ? nil : days
        return batch
    }

    var writer: OutcomeWriter.Settings {
        var writer = OutcomeWriter.Settings()
        writer.batchCountMax = integer("telemetry.batch_max")
        writer.flushIntervalMilliseconds = integer("telemetry.flush_interval_ms")
        return writer
    }
}
