#include "core/media/av/ffmpeg/container.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "core/base/error.h"

namespace orrery::media::ffmpeg {
namespace {

constexpr std::size_t kIoBuffer = 64 << 10;
/// More than any picture or packet that is read here needs, however large a header says it is.
constexpr std::size_t kMostBytes = 256 << 20;
constexpr std::int64_t kMostSamples = 1 << 22;  ///< of one frame

template <class T>
T* made(T* pointer) {
  if (!pointer) throw std::bad_alloc();
  return pointer;
}

int refuseOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

std::string_view kindName(AVMediaType kind) {
  return kind == AVMEDIA_TYPE_AUDIO ? "sound" : "picture";
}

/// ffmpeg's choice among several tracks: the default one, then that with most channels or pixels.
std::int64_t score(const AVStream& stream) {
  constexpr std::int64_t kDefault = std::int64_t{1} << 40;
  const AVCodecParameters& of = *stream.codecpar;
  const std::int64_t size = of.codec_type == AVMEDIA_TYPE_AUDIO
                                ? of.ch_layout.nb_channels
                                : static_cast<std::int64_t>(of.width) * of.height;
  const bool isCover = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  return (isCover ? 0 : size) + ((stream.disposition & AV_DISPOSITION_DEFAULT) != 0 ? kDefault : 0);
}

}  // namespace

std::string reasonOf(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

File::File(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    const int code = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw Error(code == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo, "cannot be opened: {}",
                std::strerror(code));
  }
  if (S_ISREG(status.st_mode)) size_ = status.st_size;
  if (!S_ISDIR(status.st_mode) && size_ != 0) return;
  ::close(descriptor_);
  throw Error(ErrorKind::kInvalidInput, "{}; expected a sound or video file",
              size_ == 0 ? "is empty" : "is a folder");
}

File::~File() {
  ::close(descriptor_);
}

int File::read(void* file, std::uint8_t* buffer, int size) {
  const auto count =
      ::read(static_cast<File*>(file)->descriptor_, buffer, static_cast<std::size_t>(size));
  if (count < 0) return AVERROR(errno);
  return count == 0 ? AVERROR_EOF : static_cast<int>(count);
}

std::int64_t File::seek(void* file, std::int64_t offset, int whence) {
  const File& of = *static_cast<File*>(file);
  if ((whence & AVSEEK_SIZE) != 0) return of.size_;
  const auto at = ::lseek(of.descriptor_, offset, whence & ~AVSEEK_FORCE);
  return at < 0 ? AVERROR(errno) : at;
}

Track::Track(const std::filesystem::path& path, AVMediaType kind, std::int64_t maxPixels)
    : file_(path), packet_(made(av_packet_alloc())), frame_(made(av_frame_alloc())) {
  av_max_alloc(kMostBytes);
  openFormat(path);
  chooseStream(kind);
  openDecoder(maxPixels);
}

void Track::openFormat(const std::filesystem::path& path) {
  auto* buffer = made(static_cast<std::uint8_t*>(av_malloc(kIoBuffer)));
  io_.reset(made(avio_alloc_context(buffer, kIoBuffer, 0, &file_, File::read, nullptr,
                                    file_.canSeek() ? File::seek : nullptr)));
  AVFormatContext* format = made(avformat_alloc_context());
  format->pb = io_.get();
  // Playlists and the like could name other files and addresses.
  format->io_open = refuseOpen;
  format->protocol_whitelist = made(av_strdup("none"));
  // Frees the context when it fails.
  const int code = avformat_open_input(&format, path.c_str(), nullptr, nullptr);
  if (code < 0)
    throw Error(ErrorKind::kInvalidInput, "is no sound or video that FFmpeg can read: {}",
                reasonOf(code));
  format_.reset(format);
  if (const int found = avformat_find_stream_info(format, nullptr); found < 0)
    throw Error(ErrorKind::kInvalidInput, "is broken ({}): {}", format->iformat->name,
                reasonOf(found));
}

void Track::chooseStream(AVMediaType kind) {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream* stream = format_->streams[i];
    stream->discard = AVDISCARD_ALL;
    if (stream->codecpar->codec_type != kind) continue;
    if (!stream_ || score(*stream) > score(*stream_)) stream_ = stream;
  }
  if (!stream_)
    throw Error(ErrorKind::kInvalidInput, "has no {} track (FFmpeg reads it as {})", kindName(kind),
                format_->iformat->name);
  stream_->discard = AVDISCARD_DEFAULT;
}

void Track::openDecoder(std::int64_t maxPixels) {
  const AVCodecID id = stream_->codecpar->codec_id;
  const AVCodec* codec = avcodec_find_decoder(id);
  if (!codec)
    throw Error(ErrorKind::kUnsupported, "its {} track is {}, which FFmpeg here cannot decode",
                kindName(stream_->codecpar->codec_type), avcodec_get_name(id));
  const AVCodecParameters& coded = *stream_->codecpar;
  if (maxPixels > 0 && std::int64_t{coded.width} * coded.height > maxPixels)
    throw Error(ErrorKind::kInvalidInput, "has frames of {} x {} pixels; expected at most {}",
                coded.width, coded.height, maxPixels);
  decoder_.reset(made(avcodec_alloc_context3(codec)));
  int code = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
  decoder_->pkt_timebase = stream_->time_base;
  if (maxPixels > 0) decoder_->max_pixels = maxPixels;
  decoder_->max_samples = kMostSamples;
  if (code >= 0) code = avcodec_open2(decoder_.get(), codec, nullptr);
  if (code < 0)
    throw Error(ErrorKind::kInvalidInput, "its {} track ({}) cannot be decoded: {}",
                kindName(stream_->codecpar->codec_type), codec->name, reasonOf(code));
}

AVFrame* Track::next() {
  while (true) {
    const int code = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (code == 0) return frame_.get();
    if (code == AVERROR_EOF) return nullptr;
    // What cannot be decoded costs its packet only.
    avcodec_send_packet(decoder_.get(), nextPacket());
  }
}

const AVPacket* Track::nextPacket() {
  do {
    av_packet_unref(packet_.get());
    // An error of reading ends the file, as ffmpeg has it.
    if (av_read_frame(format_.get(), packet_.get()) < 0) return nullptr;
  } while (packet_->stream_index != stream_->index);
  return packet_.get();
}

bool Track::seek(std::int64_t timestamp) {
  if (av_seek_frame(format_.get(), stream_->index, timestamp, AVSEEK_FLAG_BACKWARD) < 0)
    return false;
  avcodec_flush_buffers(decoder_.get());
  return true;
}

double Track::seconds() const {
  if (format_->duration != AV_NOPTS_VALUE)
    return static_cast<double>(format_->duration) / AV_TIME_BASE;
  if (stream_->duration != AV_NOPTS_VALUE)
    return static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
  return 0;
}

}  // namespace orrery::media::ffmpeg
