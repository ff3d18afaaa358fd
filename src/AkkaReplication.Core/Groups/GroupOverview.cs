namespace AkkaReplication.Groups;

/// <summary>A group in a list of groups.</summary>
public readonly record struct GroupOverview(string GroupId, string ProtocolType, GroupState State);
