package store

import "strings"

// Published is a file of trained weights on its publisher's server.
type Published struct {
	// Network is the zoo's name of the architecture.
	Network string `json:"network"`
	// URL of the file, a PyTorch state dict.
	URL string `json:"url"`
	// Size in bytes, which may be off by Slack.
	Size, Slack int64 `json:"-"`
	// Top1 is the share of ImageNet-1k's validation pictures, in percent, whose
	// class the network names, by its publisher's account.
	Top1 float64 `json:"top1"`
	// Licence of the weights.
	Licence string `json:"licence"`
}

// File is the file's name.
func (p Published) File() string { return p.URL[strings.LastIndexByte(p.URL, '/')+1:] }

// SHA256 is the beginning of the file's SHA-256 in hexadecimal digits, which
// publishers put at the end of its name.
func (p Published) SHA256() string {
	stem := strings.TrimSuffix(p.File(), ".pth")
	return stem[strings.LastIndexByte(stem, '-')+1:]
}

// torchvision's licence, and what its documentation adds.
const torchvisionLicence = "BSD-3-Clause; ImageNet's terms of access may apply"

// catalogue lists the weights there are to be had: those that torchvision calls
// IMAGENET1K_V1, which most papers mean by the network's name, and for Xception
// those of Keras as timm publishes them.
func catalogue() []Published {
	const torchvision = "https://download.pytorch.org/models/"
	rows := []struct {
		network, file string
		// mebibytes as torchvision states them, to a thousandth.
		mebibytes, top1 float64
	}{
		{"alexnet", "alexnet-owt-7be5be79.pth", 233.087, 56.52},
		{"vgg11", "vgg11-8a719046.pth", 506.840, 69.02},
		{"vgg11_bn", "vgg11_bn-6002323d.pth", 506.881, 70.37},
		{"vgg13", "vgg13-19584684.pth", 507.545, 69.93},
		{"vgg13_bn", "vgg13_bn-abd245e5.pth", 507.590, 71.59},
		{"vgg16", "vgg16-397923af.pth", 527.796, 71.59},
		{"vgg16_bn", "vgg16_bn-6c64b313.pth", 527.866, 73.36},
		{"vgg19", "vgg19-dcbb9e9d.pth", 548.051, 72.38},
		{"vgg19_bn", "vgg19_bn-c79401a0.pth", 548.143, 74.22},
		{"resnet18", "resnet18-f37072fd.pth", 44.661, 69.76},
		{"resnet34", "resnet34-b627a593.pth", 83.275, 73.31},
		{"resnet50", "resnet50-0676ba61.pth", 97.781, 76.13},
		{"resnet101", "resnet101-63fe2227.pth", 170.511, 77.37},
		{"resnet152", "resnet152-394f9c45.pth", 230.434, 78.31},
		{"resnext50_32x4d", "resnext50_32x4d-7cdf4587.pth", 95.789, 77.62},
		{"resnext101_32x8d", "resnext101_32x8d-8ba56ff5.pth", 339.586, 79.31},
		{"resnext101_64x4d", "resnext101_64x4d-173b62eb.pth", 319.318, 83.25},
		{"wide_resnet50_2", "wide_resnet50_2-95faca4d.pth", 131.820, 78.47},
		{"wide_resnet101_2", "wide_resnet101_2-32ee1156.pth", 242.896, 78.85},
		{"squeezenet1_0", "squeezenet1_0-b66bff10.pth", 4.778, 58.09},
		{"squeezenet1_1", "squeezenet1_1-b8a52dc0.pth", 4.729, 58.18},
		{"mobilenet_v2", "mobilenet_v2-b0353104.pth", 13.555, 71.88},
		{"mobilenet_v3_small", "mobilenet_v3_small-047dcff4.pth", 9.829, 67.67},
		{"mobilenet_v3_large", "mobilenet_v3_large-8738ca79.pth", 21.114, 74.04},
		{"densenet121", "densenet121-a639ec97.pth", 30.845, 74.43},
		{"densenet161", "densenet161-8d451a50.pth", 110.369, 77.14},
		{"densenet169", "densenet169-b2777c0a.pth", 54.708, 75.60},
		{"densenet201", "densenet201-c1103571.pth", 77.373, 76.90},
		{"googlenet", "googlenet-1378be20.pth", 49.731, 69.78},
		{"inception_v3", "inception_v3_google-0cc3c7bd.pth", 103.903, 77.29},
		{"shufflenet_v2_x0_5", "shufflenetv2_x0.5-f707e7126e.pth", 5.282, 60.55},
		{"shufflenet_v2_x1_0", "shufflenetv2_x1-5666bf0f80.pth", 8.791, 69.36},
		{"shufflenet_v2_x1_5", "shufflenetv2_x1_5-3c479a10.pth", 13.557, 73.00},
		{"shufflenet_v2_x2_0", "shufflenetv2_x2_0-8be3c8ee.pth", 28.433, 76.23},
		{"mnasnet0_5", "mnasnet0.5_top1_67.823-3ffadce67e.pth", 8.591, 67.73},
		{"mnasnet0_75", "mnasnet0_75-7090bc5f.pth", 12.303, 71.18},
		{"mnasnet1_0", "mnasnet1.0_top1_73.512-f206786ef8.pth", 16.915, 73.46},
		{"mnasnet1_3", "mnasnet1_3-a4c69d6f.pth", 24.246, 76.51},
		{"efficientnet_b0", "efficientnet_b0_rwightman-7f5810bc.pth", 20.451, 77.69},
		{"efficientnet_b1", "efficientnet_b1_rwightman-bac287d4.pth", 30.134, 78.64},
		{"efficientnet_b2", "efficientnet_b2_rwightman-c35c1473.pth", 35.174, 80.61},
		{"efficientnet_b3", "efficientnet_b3_rwightman-b3899882.pth", 47.184, 82.01},
		{"efficientnet_b4", "efficientnet_b4_rwightman-23ab8bcd.pth", 74.489, 83.38},
		{"efficientnet_b5", "efficientnet_b5_lukemelas-1a07897c.pth", 116.864, 83.44},
		{"efficientnet_b6", "efficientnet_b6_lukemelas-24a108a5.pth", 165.362, 84.01},
		{"efficientnet_b7", "efficientnet_b7_lukemelas-c5b4e57e.pth", 254.675, 84.12},
		{"efficientnet_v2_s", "efficientnet_v2_s-dd5fe13b.pth", 82.704, 84.23},
		{"regnet_x_400mf", "regnet_x_400mf-adf1edd5.pth", 21.258, 72.83},
		{"regnet_x_800mf", "regnet_x_800mf-ad17e45c.pth", 27.945, 75.21},
		{"regnet_x_1_6gf", "regnet_x_1_6gf-e3633e7f.pth", 35.339, 77.04},
		{"regnet_x_3_2gf", "regnet_x_3_2gf-f342aeae.pth", 58.756, 78.36},
		{"regnet_y_400mf", "regnet_y_400mf-c65dace8.pth", 16.806, 74.05},
		{"regnet_y_800mf", "regnet_y_800mf-1b27b58c.pth", 24.774, 76.42},
		{"regnet_y_1_6gf", "regnet_y_1_6gf-b11a554e.pth", 43.152, 77.95},
		{"regnet_y_3_2gf", "regnet_y_3_2gf-b5a9779c.pth", 74.567, 78.95},
		{"convnext_tiny", "convnext_tiny-983f1562.pth", 109.119, 82.52},
		{"convnext_small", "convnext_small-0c510722.pth", 191.703, 83.62},
		{"convnext_base", "convnext_base-6075fbad.pth", 338.064, 84.06},
	}
	var list []Published
	for _, r := range rows {
		list = append(list, Published{
			Network: r.network, URL: torchvision + r.file,
			Size: int64(r.mebibytes * (1 << 20)), Slack: 1 << 10,
			Top1: r.top1, Licence: torchvisionLicence,
		})
	}
	return append(list, Published{
		Network: "xception",
		URL:     "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-cadene/xception-43020ad28.pth",
		// The size is not published; this is that of the parameters.
		Size: 91_700_000, Slack: 500_000,
		Top1: 78.89, Licence: "Apache-2.0; ImageNet's terms of access may apply",
	})
}
