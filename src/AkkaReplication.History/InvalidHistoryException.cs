namespace AkkaReplication.History;

/// <summary>A history that nothing can be said about, because it contradicts what every history must be.</summary>
/// <param name="message">Which operations contradict it, and how.</param>
public sealed class InvalidHistoryException(string message) : Exception(message);
