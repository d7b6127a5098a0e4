#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/protocol/framer.h"

namespace orrery::protocol {

/// Reads frames from a file descriptor, which it does not close. One thread at a time.
class FrameReader {
 public:
  explicit FrameReader(int fd) : fd_(fd) {}

  /// Blocks for the next frame; nothing at the end of the stream. Throws an Error of kind kProtocol
  /// for broken framing or an end within a frame, kIo if reading fails.
  std::optional<Frame> read();

 private:
  int fd_;
  Framer framer_;
};

/// Writes whole frames to a file descriptor, which it does not close. Any thread may write.
class FrameWriter {
 public:
  explicit FrameWriter(int fd) : fd_(fd) {}

  /// Blocks until all bytes are written. Throws an Error of kind kProtocol once the other end has
  /// gone. The process must ignore SIGPIPE (ignoreBrokenPipes()).
  void write(std::string_view bytes);

 private:
  std::mutex mutex_;
  int fd_;
};

/// Makes writing to a pipe without a reader an error instead of the end of the process.
void ignoreBrokenPipes();

}  // namespace orrery::protocol
