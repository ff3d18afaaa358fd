using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Members of a group, each a kcat of its own, that read numbers until they are let go.</summary>
internal sealed class KcatGroup : IDisposable
{
    private readonly List<Process> _members = [];
    private readonly ConcurrentDictionary<int, byte> _read = new();
    private readonly ConcurrentQueue<string> _told = new();
    private readonly string[] _assigned;

    public KcatGroup(string bootstrapServers, string group, string topic, int members)
    {
        _assigned = new string[members];
        for (var i = 0; i < members; i++)
        {
            var place = i;
            var member = Kcat.Start(
                bootstrapServers,
                "-G", group, "-u", "-f", "%s\\n",
                "-X", "auto.offset.reset=earliest",
                "-X", "auto.commit.interval.ms=50",
                topic);
            _members.Add(member);
            member.OutputDataReceived += (_, line) => OnRead(line.Data);
            member.ErrorDataReceived += (_, line) => OnTold(place, line.Data);
            member.BeginOutputReadLine();
            member.BeginErrorReadLine();
        }
    }

    /// <summary>Waits until every member reads some partitions.</summary>
    public Task EachHasPartitionsAsync() => HoldsAsync(() => _assigned.All(a => a?.Contains('[') == true));

    /// <summary>Waits until the numbers below that have been read, each by at least one member.</summary>
    public Task HasReadAsync(int below) => HoldsAsync(() => Enumerable.Range(0, below).All(_read.ContainsKey));

    public void Dispose()
    {
        foreach (var member in _members)
        {
            member.Kill();
            member.Dispose();
        }
    }

    private Task HoldsAsync(Func<bool> condition) => KafkaCluster.EventuallyAsync(
        condition, () => $"{_read.Count} numbers were read; the members told: {string.Join('\n', _told)}");

    private void OnRead(string? line)
    {
        if (line is { Length: > 0 })
            _read.TryAdd(int.Parse(line, CultureInfo.InvariantCulture), 0);
    }

    private void OnTold(int member, string? line)
    {
        if (line is null)
            return;
        _told.Enqueue($"{member}: {line}");
        if (line.Contains("assigned:", StringComparison.Ordinal))
            _assigned[member] = line[line.IndexOf("assigned:", StringComparison.Ordinal)..];
    }
}
