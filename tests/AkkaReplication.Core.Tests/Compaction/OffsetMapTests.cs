using System.Text;
using AkkaReplication.Compaction;

namespace AkkaReplication.Core.Tests.Compaction;

public sealed class OffsetMapTests
{
    [Fact]
    public void Each_key_has_its_greatest_offset()
    {
        var map = new OffsetMap(1 << 20, 10);
        Assert.True(map.TryPut(Key(1), 5));
        Assert.True(map.TryPut(Key(2), 6));
        Assert.True(map.TryPut(Key(1), 7));
        Assert.True(map.TryPut(Key(1), 3));
        Assert.True(map.TryPut([], 0));

        Assert.Equal((7, 6, 0, -1), (map.Find(Key(1)), map.Find(Key(2)), map.Find([]), map.Find(Key(3))));
        Assert.Equal(3, map.Count);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(24 * 100, 1)]
    [InlineData(24 * 100, 1_000_000)]
    [InlineData(24 * 4096, 3)]
    public void It_holds_as_many_keys_as_its_memory_has_room_for_and_no_more(long memoryBytes, long expectedKeys)
    {
        var map = new OffsetMap(memoryBytes, expectedKeys);
        var keys = 0;
        while (map.TryPut(Key(keys), keys))
            keys++;

        Assert.InRange(keys, Math.Max(14, (int)(memoryBytes / 24 * 0.2)), Math.Max(14, (int)(memoryBytes / 24 * 0.9)));
        Assert.Equal(keys, map.Count);
        // Who is in it can still move on.
        Assert.True(map.TryPut(Key(0), 1000));
        Assert.Equal(1000, map.Find(Key(0)));
        for (var key = 1; key < keys; key++)
            Assert.Equal(key, map.Find(Key(key)));
        Assert.Equal(-1, map.Find(Key(keys)));
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key {number}");
}
