# `cmake --install` lays out programs, libraries, the public headers and a CMake package, so that
# another program can write find_package(Orrery) and link orrery::pipelines.
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY ORRERY_LIBRARIES)
set(torch_target)
if(ORRERY_BUILD_ENGINE)
  set(torch_target orrery_torch orrery_torch_fmt)
endif()
install(TARGETS ${libraries} ${torch_target} EXPORT OrreryTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY core DESTINATION include/orrery FILES_MATCHING PATTERN "*.h")
install(EXPORT OrreryTargets NAMESPACE orrery:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Orrery)
configure_package_config_file(
  cmake/OrreryConfig.cmake.in ${CMAKE_BINARY_DIR}/OrreryConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Orrery)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/OrreryConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/OrreryConfig.cmake ${CMAKE_BINARY_DIR}/OrreryConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Orrery)
