"""The outside of metrics: the stream (Faust), the wire (protobuf), the calls, the gauges, the recount."""
