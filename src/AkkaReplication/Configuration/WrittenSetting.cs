namespace AkkaReplication.Configuration;

/// <summary>A setting as someone wrote it down outside HOCON.</summary>
/// <param name="Where">Where it stands, as the beginning of an error's sentence.</param>
internal sealed record WrittenSetting(string Key, string Value, string Where);
