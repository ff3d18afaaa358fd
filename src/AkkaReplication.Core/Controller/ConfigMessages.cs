using System.Collections.Immutable;

namespace AkkaReplication.Controller;

/// <summary>Change settings (KIP-339). Each resource stands or falls alone, with all its changes.</summary>
public sealed record IncrementalAlterConfigs(
    long RequestId, ImmutableArray<ConfigAlteration> Resources, bool ValidateOnly);

/// <summary>Changes of one resource's settings; each setting at most once.</summary>
public sealed record ConfigAlteration(ConfigResource Resource, ImmutableArray<AlterConfigOp> Ops);

/// <summary>Answer to <see cref="IncrementalAlterConfigs"/>, committed when it is sent.</summary>
public sealed record IncrementalAlterConfigsAnswer(
    long RequestId, ErrorCode Error, ImmutableArray<ConfigResult> Results);

/// <summary>What became of one resource's changes.</summary>
public sealed record ConfigResult(ConfigResource Resource, ErrorCode Error, string? Message);
