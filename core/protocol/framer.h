#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Framing of the protocol: how bytes on a pipe become messages and back (PROTOCOL.md, "Framing").
/// Plain C++ without threads or streams, so that the engine, the window and tests use the same
/// code.
namespace orrery::protocol {

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kSafetensorsType = "application/x-safetensors";

/// One framed unit: a JSON-RPC message, or arrays in safetensors form that a message refers to by
/// `id`.
struct Frame {
  std::string type{kJsonType};  ///< kJsonType or kSafetensorsType
  std::string id;               ///< of a binary frame; empty for a message
  std::string content;

  bool isMessage() const { return type == kJsonType; }
  bool operator==(const Frame&) const = default;
};

/// The bytes of a frame, ready to be written.
std::string encode(const Frame& frame);

/// What a Framer accepts before it calls the other end broken.
struct FrameLimits {
  std::size_t header = 4096;                  ///< bytes of all header lines of one frame
  std::size_t message = 64u << 20;            ///< bytes of a JSON message
  std::size_t binary = std::size_t{2} << 30;  ///< bytes of a binary frame
};

/// Cuts a stream of bytes into frames. Takes them in pieces of any size; holds no more memory than
/// it was given bytes, whatever lengths the stream announces. Not thread-safe.
///
///     framer.append(bytes);
///     while (auto frame = framer.next()) handle(*frame);
class Framer {
 public:
  explicit Framer(FrameLimits limits = {}) : limits_(limits) {}

  void append(std::string_view bytes);

  /// The next complete frame, or nothing until more bytes come. Throws an Error of kind kProtocol
  /// when the stream breaks the framing; such a stream cannot be picked up again, and every later
  /// call throws the same Error.
  std::optional<Frame> next();

  /// True if bytes of an incomplete frame are held: the stream must not end here.
  bool midFrame() const { return start_ < buffer_.size() || header_.has_value(); }

 private:
  struct Header {
    std::string type{kJsonType};
    std::string id;
    std::size_t length = 0;
  };

  std::optional<Header> takeHeader();
  Header parseHeader(std::string_view block) const;
  void drop(std::size_t bytes);

  FrameLimits limits_;
  std::string buffer_;
  std::size_t start_ = 0;    ///< first byte of buffer_ that is not used up
  std::size_t scanned_ = 0;  ///< from start_: bytes known to hold no end of header
  std::optional<Header> header_;
  std::optional<std::string> broken_;
};

}  // namespace orrery::protocol
