#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <filesystem>
#include <memory>
#include <string>

namespace orrery::media::ffmpeg {

struct Deleter {
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVIOContext* p) const {
    av_freep(&p->buffer);
    avio_context_free(&p);
  }
};
template <class T>
using Handle = std::unique_ptr<T, Deleter>;

/// What FFmpeg says of its error codes.
std::string reasonOf(int code);

/// An open file. Nothing but it is read, whatever it refers to.
class File {
 public:
  explicit File(const std::filesystem::path& path);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool canSeek() const { return size_ >= 0; }

 private:
  static int read(void* file, std::uint8_t* buffer, int size);
  static std::int64_t seek(void* file, std::int64_t offset, int whence);

  friend class Track;
  int descriptor_;
  std::int64_t size_ = -1;  ///< -1: a pipe
};

/// One track of a media file with its decoder: packets in, frames out. Errors do not name the file.
class Track {
 public:
  /// Opens the file and the track of that kind which ffmpeg would take. Frames of more than
  /// `maxPixels` are not decoded.
  Track(const std::filesystem::path& path, AVMediaType kind, std::int64_t maxPixels = 0);

  /// The next frame, which the next call overwrites; null at the end. Broken packets are left out,
  /// as ffmpeg does.
  AVFrame* next();
  /// The next packet of the track, for those who decode nothing; null at the end.
  const AVPacket* nextPacket();
  /// Goes to a key frame at or before `timestamp`, in the stream's time base. False if it cannot.
  bool seek(std::int64_t timestamp);

  const AVStream& stream() const { return *stream_; }
  const AVFormatContext& format() const { return *format_; }
  double seconds() const;  ///< as the headers say; 0 if they do not

 private:
  void openFormat(const std::filesystem::path& path);
  void chooseStream(AVMediaType kind);
  void openDecoder(std::int64_t maxPixels);

  File file_;
  Handle<AVIOContext> io_;
  Handle<AVFormatContext> format_;
  AVStream* stream_ = nullptr;
  Handle<AVCodecContext> decoder_;
  Handle<AVPacket> packet_;
  Handle<AVFrame> frame_;
};

}  // namespace orrery::media::ffmpeg
