using System.Text;
using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

public class Murmur2Tests
{
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Hash_is_that_of_Kafkas_clients(string key, int hash) =>
        Assert.Equal(hash, Murmur2.Hash(Encoding.UTF8.GetBytes(key)));

    [Theory]
    [InlineData("21", 100)]
    [InlineData("foobar", 7)]
    [InlineData("", 3)]
    public void Partition_is_the_hash_without_its_sign_modulo_the_partitions(string key, int partitions)
    {
        var bytes = Encoding.UTF8.GetBytes(key);
        Assert.Equal((Murmur2.Hash(bytes) & int.MaxValue) % partitions, Murmur2.PartitionOf(bytes, partitions));
    }
}
