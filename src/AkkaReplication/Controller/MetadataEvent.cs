using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// One record of the metadata log as the controller persists it: the record's offset is its sequence number - 1 (P4), and
/// records up to the one that ends the batch were decided together (Q6).
/// </summary>
internal sealed record MetadataEvent(ControllerEpoch Epoch, Claimant Claimant, MetadataRecord Record, bool EndsBatch);
