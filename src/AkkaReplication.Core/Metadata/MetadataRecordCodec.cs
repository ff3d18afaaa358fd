using System.Buffers;
using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>
/// Metadata as bytes, for the journal, snapshots and messages. Every record begins with its kind and the version of that
/// kind; what this code does not know it refuses, it never skips anything.
/// </summary>
public static class MetadataRecordCodec
{
    private const byte FormatVersion = 1;

    private enum Kind : byte
    {
        NoOp = 1,
        RegisterBroker = 2,
        BrokerChange = 3,
        Topic = 4,
        RemoveTopic = 5,
        Partition = 6,
        PartitionChange = 7,
        TopicConfig = 8,
        ProducerIds = 9,
        MetadataVersion = 10,
    }

    /// <summary>One record.</summary>
    public static byte[] Encode(MetadataRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(new ByteWriter(buffer), record);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What <see cref="Encode(MetadataRecord)"/> made.</summary>
    /// <exception cref="MetadataFormatException">The bytes are damaged or of a newer version.</exception>
    public static MetadataRecord Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var record = Read(ref reader);
        RequireEnd(reader);
        return record;
    }

    /// <summary>A batch.</summary>
    public static byte[] Encode(MetadataBatch batch)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new ByteWriter(buffer);
        writer.Byte(FormatVersion);
        writer.Int32(batch.Epoch.Value);
        writer.Int64(batch.BaseOffset);
        WriteAll(writer, batch.Records);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What <see cref="Encode(MetadataBatch)"/> made.</summary>
    /// <exception cref="MetadataFormatException">The bytes are damaged or of a newer version.</exception>
    public static MetadataBatch DecodeBatch(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        RequireFormat(reader.Byte(), "batch");
        var epoch = new ControllerEpoch(reader.Int32());
        var baseOffset = reader.Int64();
        var records = ReadAll(ref reader);
        RequireEnd(reader);
        return new MetadataBatch(epoch, baseOffset, records);
    }

    /// <summary>A snapshot.</summary>
    public static byte[] Encode(MetadataSnapshot snapshot)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new ByteWriter(buffer);
        writer.Byte(FormatVersion);
        writer.Text(snapshot.ClusterId);
        writer.Int64(snapshot.Offset);
        writer.Int32(snapshot.Epoch.Value);
        WriteAll(writer, snapshot.Records);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What <see cref="Encode(MetadataSnapshot)"/> made.</summary>
    /// <exception cref="MetadataFormatException">The bytes are damaged or of a newer version.</exception>
    public static MetadataSnapshot DecodeSnapshot(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        RequireFormat(reader.Byte(), "snapshot");
        var clusterId = reader.Text();
        var offset = reader.Int64();
        var epoch = new ControllerEpoch(reader.Int32());
        var records = ReadAll(ref reader);
        RequireEnd(reader);
        return new MetadataSnapshot(clusterId, offset, epoch, records);
    }

    private static void WriteAll(ByteWriter writer, ImmutableArray<MetadataRecord> records)
    {
        writer.Int32(records.Length);
        foreach (var record in records)
            Write(writer, record);
    }

    private static ImmutableArray<MetadataRecord> ReadAll(ref ByteReader reader)
    {
        var count = reader.Int32();
        reader.RequireCount(count, 2);
        var records = ImmutableArray.CreateBuilder<MetadataRecord>(count);
        for (var i = 0; i < count; i++)
            records.Add(Read(ref reader));
        return records.MoveToImmutable();
    }

    private static void Begin(ByteWriter writer, Kind kind, byte version = 1)
    {
        writer.Byte((byte)kind);
        writer.Byte(version);
    }

    private static void Write(ByteWriter writer, MetadataRecord record)
    {
        switch (record)
        {
            case NoOpRecord r:
                Begin(writer, Kind.NoOp);
                writer.Int32(r.Epoch.Value);
                break;
            case RegisterBrokerRecord r:
                // Version 2 has endpoints. Without any the bytes are those that an older broker reads.
                Begin(writer, Kind.RegisterBroker, r.Endpoints.IsEmpty ? (byte)1 : (byte)2);
                WriteBody(writer, r);
                break;
            case BrokerChangeRecord r:
                Begin(writer, Kind.BrokerChange);
                WriteBody(writer, r);
                break;
            case TopicRecord r:
                Begin(writer, Kind.Topic);
                writer.Text(r.Name);
                writer.Topic(r.TopicId);
                break;
            case RemoveTopicRecord r:
                Begin(writer, Kind.RemoveTopic);
                writer.Topic(r.TopicId);
                break;
            case PartitionRecord r:
                Begin(writer, Kind.Partition);
                WriteBody(writer, r);
                break;
            case PartitionChangeRecord r:
                Begin(writer, Kind.PartitionChange);
                WriteBody(writer, r);
                break;
            case TopicConfigRecord r:
                Begin(writer, Kind.TopicConfig);
                writer.Topic(r.TopicId);
                writer.Text(r.Name);
                writer.Text(r.Value);
                break;
            case ProducerIdsRecord r:
                Begin(writer, Kind.ProducerIds);
                writer.Broker(r.Broker);
                writer.Int64(r.BrokerEpoch.Value);
                writer.Int64(r.NextProducerId);
                break;
            case MetadataVersionRecord r:
                Begin(writer, Kind.MetadataVersion);
                writer.Int16(r.Version);
                break;
            default:
                throw new InvalidOperationException($"{record} is no record that can be written.");
        }
    }

    private static MetadataRecord Read(ref ByteReader reader)
    {
        var kind = (Kind)reader.Byte();
        var version = reader.Byte();
        if (!Enum.IsDefined(kind))
        {
            throw new MetadataFormatException(
                $"Metadata record kind {(byte)kind} is unknown here (known: {string.Join(", ", Enum.GetNames<Kind>())}); " +
                "it was written by a newer version, or is damaged.");
        }

        var newest = kind == Kind.RegisterBroker ? 2 : 1;
        if (version < 1 || version > newest)
        {
            throw new MetadataFormatException(
                $"Metadata record {kind} has version {version}; versions 1 to {newest} can be read here.");
        }

        return kind switch
        {
            Kind.NoOp => new NoOpRecord(new ControllerEpoch(reader.Int32())),
            Kind.RegisterBroker => ReadRegisterBroker(ref reader, version),
            Kind.BrokerChange => ReadBrokerChange(ref reader),
            Kind.Topic => new TopicRecord(reader.Text(), reader.Topic()),
            Kind.RemoveTopic => new RemoveTopicRecord(reader.Topic()),
            Kind.Partition => ReadPartition(ref reader),
            Kind.PartitionChange => ReadPartitionChange(ref reader),
            Kind.TopicConfig => new TopicConfigRecord(reader.Topic(), reader.Text(), reader.OptionalText()),
            Kind.ProducerIds => new ProducerIdsRecord(
                reader.Broker(), new BrokerEpoch(reader.Int64()), reader.Int64()),
            _ => new MetadataVersionRecord(reader.Int16()),
        };
    }

    private static void WriteBody(ByteWriter writer, RegisterBrokerRecord r)
    {
        writer.Broker(r.Broker);
        writer.Guid(r.IncarnationId);
        writer.Int64(r.BrokerEpoch.Value);
        writer.Text(r.Rack);
        writer.Int32(r.LogDirs.Length);
        foreach (var dir in r.LogDirs)
            writer.Guid(dir);
        if (r.Endpoints.IsEmpty)
            return;
        writer.Int32(r.Endpoints.Length);
        foreach (var endpoint in r.Endpoints)
        {
            writer.Text(endpoint.Listener);
            writer.Text(endpoint.Host);
            writer.Int32(endpoint.Port);
        }
    }

    private static RegisterBrokerRecord ReadRegisterBroker(ref ByteReader reader, byte version)
    {
        var broker = reader.Broker();
        var incarnation = reader.Guid();
        var epoch = new BrokerEpoch(reader.Int64());
        var rack = reader.OptionalText();
        var count = reader.Int32();
        reader.RequireCount(count, 16);
        var dirs = ImmutableArray.CreateBuilder<Guid>(count);
        for (var i = 0; i < count; i++)
            dirs.Add(reader.Guid());
        return new RegisterBrokerRecord(broker, incarnation, epoch, rack, dirs.MoveToImmutable())
        {
            Endpoints = version >= 2 ? ReadEndpoints(ref reader) : [],
        };
    }

    private static ImmutableArray<BrokerEndpoint> ReadEndpoints(ref ByteReader reader)
    {
        var count = reader.Int32();
        reader.RequireCount(count, 12);
        var endpoints = ImmutableArray.CreateBuilder<BrokerEndpoint>(count);
        for (var i = 0; i < count; i++)
            endpoints.Add(new BrokerEndpoint(reader.Text(), reader.Text(), reader.Int32()));
        return endpoints.MoveToImmutable();
    }

    private static void WriteBody(ByteWriter writer, BrokerChangeRecord r)
    {
        writer.Broker(r.Broker);
        writer.Int64(r.BrokerEpoch.Value);
        writer.OptionalFlag(r.Fenced);
        writer.OptionalFlag(r.InControlledShutdown);
        writer.Int32(r.OfflineReplicas?.Length ?? -1);
        foreach (var partition in r.OfflineReplicas ?? [])
        {
            writer.Topic(partition.TopicId);
            writer.Int32(partition.Partition);
        }

        writer.Int64(r.ControlledShutdownOffset ?? -1);
    }

    private static BrokerChangeRecord ReadBrokerChange(ref ByteReader reader)
    {
        var broker = reader.Broker();
        var epoch = new BrokerEpoch(reader.Int64());
        var fenced = reader.OptionalFlag();
        var inControlledShutdown = reader.OptionalFlag();
        var offline = ReadOffline(ref reader);
        var shutdownOffset = reader.Int64();
        return new BrokerChangeRecord(
            broker, epoch, fenced, inControlledShutdown, offline, shutdownOffset < 0 ? null : shutdownOffset);
    }

    private static ImmutableArray<TopicIdPartition>? ReadOffline(ref ByteReader reader)
    {
        var count = reader.Int32();
        if (count == -1)
            return null;

        reader.RequireCount(count, 20);
        var offline = ImmutableArray.CreateBuilder<TopicIdPartition>(count);
        for (var i = 0; i < count; i++)
            offline.Add(new TopicIdPartition(reader.Topic(), reader.Int32()));
        return offline.MoveToImmutable();
    }

    private static void WriteBody(ByteWriter writer, PartitionRecord r)
    {
        writer.Topic(r.TopicId);
        writer.Int32(r.Partition);
        writer.Brokers(r.Replicas);
        writer.Brokers(r.Isr);
        writer.Brokers(r.Elr);
        writer.Brokers(r.LastKnownElr);
        writer.Broker(r.Leader);
        writer.Int32(r.LeaderEpoch.Value);
        writer.Int32(r.PartitionEpoch.Value);
        writer.Byte((byte)r.RecoveryState);
        writer.Int32(r.MinIsr);
    }

    private static PartitionRecord ReadPartition(ref ByteReader reader)
    {
        var topic = reader.Topic();
        var partition = reader.Int32();
        var replicas = reader.Brokers();
        var isr = reader.Brokers();
        var elr = reader.Brokers();
        var lastKnownElr = reader.Brokers();
        var leader = reader.Broker();
        var leaderEpoch = new LeaderEpoch(reader.Int32());
        var partitionEpoch = new PartitionEpoch(reader.Int32());
        var recoveryState = ReadRecoveryState(reader.Byte());
        return new PartitionRecord(topic, partition, replicas, isr, leader, reader.Int32())
        {
            Elr = elr,
            LastKnownElr = lastKnownElr,
            LeaderEpoch = leaderEpoch,
            PartitionEpoch = partitionEpoch,
            RecoveryState = recoveryState,
        };
    }

    private static void WriteBody(ByteWriter writer, PartitionChangeRecord r)
    {
        writer.Topic(r.TopicId);
        writer.Int32(r.Partition);
        writer.OptionalBrokers(r.Isr);
        writer.OptionalFlag(r.Leader is null ? null : r.Leader.Value.Exists);
        if (r.Leader is { Exists: true } leader)
            writer.Broker(leader);
        writer.OptionalBrokers(r.Elr);
        writer.OptionalBrokers(r.LastKnownElr);
        writer.Byte(r.RecoveryState is { } state ? (byte)state : byte.MaxValue);
        writer.Int32(r.MinIsr ?? -1);
    }

    private static PartitionChangeRecord ReadPartitionChange(ref ByteReader reader)
    {
        var topic = reader.Topic();
        var partition = reader.Int32();
        var isr = reader.OptionalBrokers();
        BrokerId? leader = reader.OptionalFlag() switch
        {
            true => reader.Broker(),
            false => BrokerId.None,
            null => null,
        };
        var elr = reader.OptionalBrokers();
        var lastKnownElr = reader.OptionalBrokers();
        var state = reader.Byte();
        var minIsr = reader.Int32();
        return new PartitionChangeRecord(
            topic,
            partition,
            isr,
            leader,
            elr,
            lastKnownElr,
            state == byte.MaxValue ? null : ReadRecoveryState(state),
            minIsr == -1 ? null : minIsr);
    }

    private static LeaderRecoveryState ReadRecoveryState(byte value) =>
        value <= (byte)LeaderRecoveryState.Recovering
            ? (LeaderRecoveryState)value
            : throw new MetadataFormatException($"A leader recovery state is {value}; it can be 0 or 1.");

    private static void RequireFormat(byte version, string what)
    {
        if (version != FormatVersion)
        {
            throw new MetadataFormatException(
                $"The metadata {what} has format {version}; only format {FormatVersion} can be read here.");
        }
    }

    private static void RequireEnd(ByteReader reader)
    {
        if (reader.Remaining != 0)
            throw new MetadataFormatException($"{reader.Remaining} bytes follow the end.");
    }
}
