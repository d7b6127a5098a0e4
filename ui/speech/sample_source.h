#pragma once

#include <QObject>
#include <memory>
#include <vector>

namespace orrery::ui {

/// Where sound that is recorded comes from: a microphone, or what stands in for one.
class SampleSource : public QObject {
  Q_OBJECT

 public:
  struct Device {
    QByteArray id;
    QString name;
    bool operator==(const Device&) const = default;
  };

  using QObject::QObject;

  /// The first is the one that the system would choose.
  virtual std::vector<Device> devices() = 0;
  /// Samples come until stop(), at the rate that it returns. Throws an Error of one sentence if
  /// there is no such device or it gives nothing.
  virtual int start(const QByteArray& device) = 0;
  virtual void stop() = 0;

 signals:
  void came(const std::vector<float>& samples);  ///< of one channel, -1 to 1
  void devicesChanged();
  void failed(const QString& reason);  ///< while it runs: nothing more will come
};

/// The microphones of this machine, by Qt Multimedia.
std::unique_ptr<SampleSource> makeMicrophone();

}  // namespace orrery::ui
