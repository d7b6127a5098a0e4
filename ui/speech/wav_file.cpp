#include "ui/speech/wav_file.h"

#include <QtEndian>
#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace orrery::ui {
namespace {

constexpr int kHeaderBytes = 44;
constexpr int kSampleBytes = 2;
constexpr qint64 kMostSamples = (qint64{1} << 31) - kHeaderBytes;  // sizes have 32 bits

template <class Number>
void put(QByteArray& bytes, Number value) {
  const Number little = qToLittleEndian(value);
  bytes.append(reinterpret_cast<const char*>(&little), sizeof little);
}

QByteArray headerOf(qint64 samples, int rate) {
  const auto dataBytes = static_cast<quint32>(samples * kSampleBytes);
  QByteArray bytes("RIFF");
  put(bytes, static_cast<quint32>(dataBytes + kHeaderBytes - 8));
  bytes += "WAVEfmt ";
  put(bytes, quint32{16});
  put(bytes, quint16{1});  // whole numbers
  put(bytes, quint16{1});  // channels
  put(bytes, static_cast<quint32>(rate));
  put(bytes, static_cast<quint32>(rate * kSampleBytes));
  put(bytes, quint16{kSampleBytes});
  put(bytes, quint16{8 * kSampleBytes});
  bytes += "data";
  put(bytes, dataBytes);
  return bytes;
}

QByteArray bytesOf(std::span<const float> samples) {
  QByteArray bytes;
  bytes.reserve(static_cast<qsizetype>(samples.size()) * kSampleBytes);
  for (const float sample : samples) {
    const float cut = std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
    put(bytes, static_cast<qint16>(std::lround(cut * 32767)));
  }
  return bytes;
}

}  // namespace

QByteArray wavOf(std::span<const float> samples, int rate) {
  return headerOf(static_cast<qint64>(samples.size()), rate) + bytesOf(samples);
}

WavFile::WavFile(const QString& path, int rate) : file_(path), rate_(rate) {
  if (!file_.open(QIODevice::ReadWrite | QIODevice::NewOnly | QIODevice::Unbuffered))
    throw Error(ErrorKind::kIo, "{}: cannot be written: {}", path.toStdString(),
                file_.errorString().toStdString());
  write(headerOf(0, rate));
}

void WavFile::add(std::span<const float> samples) {
  const auto count = static_cast<qint64>(samples.size());
  if (samples_ + count > kMostSamples)
    throw Error(ErrorKind::kIo, "{}: is as long as a WAV file can be", path().toStdString());
  file_.seek(kHeaderBytes + samples_ * kSampleBytes);
  write(bytesOf(samples));
  samples_ += count;
  file_.seek(0);
  write(headerOf(samples_, rate_));
}

void WavFile::write(const QByteArray& bytes) {
  if (file_.write(bytes) != bytes.size())
    throw Error(ErrorKind::kIo, "{}: cannot be written: {}", path().toStdString(),
                file_.errorString().toStdString());
}

double WavFile::seconds() const {
  return static_cast<double>(samples_) / rate_;
}

}  // namespace orrery::ui
