namespace AkkaReplication.Metadata;

/// <summary>Kafka's rule for topic names; they become directory names, so nothing else may pass.</summary>
public static class TopicNames
{
    /// <summary>Longest name, in characters: with the partition's number it must fit a file name of 255 bytes.</summary>
    public const int MaxLength = 249;

    /// <summary>What is wrong with the name and what is accepted (for INVALID_TOPIC_EXCEPTION), or null.</summary>
    public static string? Validate(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return "The topic name is empty; 1 to 249 of the characters a-z A-Z 0-9 . _ - are accepted.";
        if (name is "." or "..")
            return $"The topic name \"{name}\" is reserved; any other of 1 to 249 characters a-z A-Z 0-9 . _ - is accepted.";
        if (name.Length > MaxLength)
            return $"The topic name has {name.Length} characters; at most {MaxLength} are accepted.";

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                return $"The topic name \"{name}\" contains '{c}'; only a-z A-Z 0-9 . _ - are accepted.";
        }

        return null;
    }
}
