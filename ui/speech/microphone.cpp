#include <QAudioDevice>
#include <QAudioSource>
#include <QMediaDevices>
#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "ui/speech/sample_source.h"

namespace orrery::ui {
namespace {

constexpr int kRate = 16000;  // what models of speech hear

QAudioFormat formatFor(const QAudioDevice& device) {
  QAudioFormat format;
  format.setSampleRate(kRate);
  format.setChannelCount(1);
  format.setSampleFormat(QAudioFormat::Int16);
  return device.isFormatSupported(format) ? format : device.preferredFormat();
}

/// The mean of the channels, of whatever kind the samples are; a frame that is cut is left out.
std::vector<float> samplesOf(const QByteArray& bytes, const QAudioFormat& format) {
  const int frameBytes = format.bytesPerFrame(), channels = format.channelCount();
  std::vector<float> samples(frameBytes > 0 ? static_cast<std::size_t>(bytes.size() / frameBytes)
                                            : 0);
  const char* at = bytes.constData();
  for (float& sample : samples) {
    for (int c = 0; c < channels; ++c, at += format.bytesPerSample())
      sample += format.normalizedSampleValue(at) / static_cast<float>(channels);
  }
  return samples;
}

class Microphone : public SampleSource {
 public:
  Microphone() {
    connect(&media_, &QMediaDevices::audioInputsChanged, this, &SampleSource::devicesChanged);
  }

  std::vector<Device> devices() override {
    std::vector<Device> all;
    const QAudioDevice first = QMediaDevices::defaultAudioInput();
    for (const QAudioDevice& device : QMediaDevices::audioInputs()) {
      const Device found{device.id(), device.description()};
      all.insert(device == first ? all.begin() : all.end(), found);
    }
    return all;
  }

  int start(const QByteArray& id) override {
    const auto inputs = QMediaDevices::audioInputs();
    const auto found = std::ranges::find(inputs, id, &QAudioDevice::id);
    if (found == inputs.end())
      throw Error(ErrorKind::kNotFound, "{}",
                  tr("This microphone is no longer there; choose another one.").toStdString());
    format_ = formatFor(*found);
    source_ = std::make_unique<QAudioSource>(*found, format_);
    stream_ = source_->start();
    if (!stream_ || source_->error() != QAudio::NoError) {
      source_.reset();
      throw Error(ErrorKind::kIo, "{}",
                  tr("\"%1\" cannot be recorded from; another program may hold it.")
                      .arg(found->description())
                      .toStdString());
    }
    connect(stream_, &QIODevice::readyRead, this,
            [this] { emit came(samplesOf(stream_->readAll(), format_)); });
    connect(source_.get(), &QAudioSource::stateChanged, this, [this](QAudio::State state) {
      if (state == QAudio::StoppedState && source_ && source_->error() != QAudio::NoError)
        emit failed(tr("The microphone gives nothing any more."));
    });
    return format_.sampleRate();
  }

  void stop() override {
    if (!source_) return;
    const auto ending = std::move(source_);
    ending->disconnect(this);
    stream_->disconnect(this);
    ending->stop();
  }

 private:
  QMediaDevices media_;
  QAudioFormat format_;
  std::unique_ptr<QAudioSource> source_;
  QIODevice* stream_ = nullptr;  ///< of the source
};

}  // namespace

std::unique_ptr<SampleSource> makeMicrophone() {
  return std::make_unique<Microphone>();
}

}  // namespace orrery::ui
