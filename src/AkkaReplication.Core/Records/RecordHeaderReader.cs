using System.Text;

namespace AkkaReplication.Records;

/// <summary>Walks the headers of one record; their form was checked when the record was read.</summary>
public ref struct RecordHeaderReader
{
    private readonly ReadOnlyMemory<byte> _headers;
    private readonly int _count;
    private int _position;
    private int _read;
    private int _valueLength;

    internal RecordHeaderReader(ReadOnlyMemory<byte> headers, int count)
    {
        _headers = headers;
        _count = count;
    }

    /// <summary>The current header's name, UTF-8.</summary>
    public ReadOnlyMemory<byte> Utf8Key { get; private set; }

    /// <summary>The current header's name; allocates.</summary>
    public readonly string Key => Encoding.UTF8.GetString(Utf8Key.Span);

    public readonly bool ValueIsNull => _valueLength < 0;

    /// <summary>The current header's value, empty where it is null.</summary>
    public ReadOnlyMemory<byte> Value { get; private set; }

    /// <summary>Goes to the next header; false after the last.</summary>
    public bool MoveNext()
    {
        if (_read == _count)
            return false;

        var span = _headers.Span;
        ParsedRecord.TrySkipField(span, ref _position, out var keyStart, out var keyLength);
        ParsedRecord.TrySkipField(span, ref _position, out var valueStart, out _valueLength);
        Utf8Key = _headers.Slice(keyStart, keyLength);
        Value = _valueLength <= 0 ? ReadOnlyMemory<byte>.Empty : _headers.Slice(valueStart, _valueLength);
        _read++;
        return true;
    }
}
