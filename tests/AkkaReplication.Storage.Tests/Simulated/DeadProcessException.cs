namespace AkkaReplication.Storage.Tests.Simulated;

/// <summary>A process that is dead wanted something of a file: it did not happen, and the disk knows nothing of it.</summary>
public sealed class DeadProcessException(string message) : IOException(message);
