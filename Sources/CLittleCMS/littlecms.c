#include "CLittleCMS.h"

#include <lcms2.h>

int clittlecms_to_srgb(
    const void *profile, size_t profile_size, const unsigned char *from, unsigned char *into,
    size_t count, int channels, int has_alpha) {
  if (profile_size > 64u << 20 || count > 0x7FFFFFFF) return -1;
  cmsHPROFILE source = cmsOpenProfileFromMem(profile, (cmsUInt32Number)profile_size);
  if (!source) return -1;
  int result = -1;
  cmsHPROFILE target = cmsCreate_sRGBProfile();
  cmsColorSpaceSignature space = cmsGetColorSpace(source);
  cmsUInt32Number extra = has_alpha ? EXTRA_SH(1) : 0;
  cmsUInt32Number format = 0;
  if (channels == 1 && space == cmsSigGrayData) format = TYPE_GRAY_8 | extra;
  if (channels == 3 && space == cmsSigRgbData) format = TYPE_RGB_8 | extra;
  if (channels == 3 && space == cmsSigLabData) format = TYPE_Lab_8 | extra;
  if (channels == 4 && space == cmsSigCmykData) format = TYPE_CMYK_8 | extra;
  if (target && format) {
    cmsHTRANSFORM transform = cmsCreateTransform(
        source, format, target, TYPE_RGB_8 | extra, INTENT_PERCEPTUAL,
        has_alpha ? cmsFLAGS_COPY_ALPHA : 0);
    if (transform) {
      cmsDoTransform(transform, from, into, (cmsUInt32Number)count);
      cmsDeleteTransform(transform);
      result = 0;
    }
  }
  if (target) cmsCloseProfile(target);
  cmsCloseProfile(source);
  return result;
}
