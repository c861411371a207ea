package apps

import "gaze/models/zoo"

// Where the weights are.
const (
	server  = "https://storage.googleapis.com/tensorflow/keras-applications/"
	server2 = "https://storage.googleapis.com/keras-applications/" // EfficientNet's
)

// table lists the networks as keras.applications of Keras 3.15.1 has them: the size
// of pictures, what is done with pixels, the published weights with their digest,
// the number of weights, and the accuracy that keras.io/api/applications states.
// Keras checks no digest of MobileNet's and MobileNetV2's weights.
func table() []app {
	return []app{
		{"Xception", 299, toHalves, server + "xception/xception_weights_tf_dim_ordering_tf_kernels.h5", "0a58e3b7378bc2990ea3b43d5981f1f6", 22910480, 79.0},
		{"VGG16", 224, bgrMeans, server + "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5", "64373286793e3c8b2b4e3219cbf3544b", 138357544, 71.3},
		{"VGG19", 224, bgrMeans, server + "vgg19/vgg19_weights_tf_dim_ordering_tf_kernels.h5", "cbe5617147190e668d6c5d5026f83318", 143667240, 71.3},
		{"InceptionV3", 299, toHalves, server + "inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels.h5", "9a0d58056eeedaa3f26cb7ebd46da564", 23851784, 77.9},
		{"InceptionResNetV2", 299, toHalves, server + "inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels.h5", "e693bd0210a403b3192acc6073ad2e96", 55873736, 80.3},
		{"ResNet50", 224, bgrMeans, server + "resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5", "2cb95161c43110f7111970584f804107", 25636712, 74.9},
		{"ResNet101", 224, bgrMeans, server + "resnet/resnet101_weights_tf_dim_ordering_tf_kernels.h5", "f1aeb4b969a6efcfb50fad2f0c20cfc5", 44707176, 76.4},
		{"ResNet152", 224, bgrMeans, server + "resnet/resnet152_weights_tf_dim_ordering_tf_kernels.h5", "100835be76be38e30d865e96f2aaae62", 60419944, 76.6},
		{"ResNet50V2", 224, toHalves, server + "resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels.h5", "3ef43a0b657b3be2300d5770ece849e0", 25613800, 76.0},
		{"ResNet101V2", 224, toHalves, server + "resnet/resnet101v2_weights_tf_dim_ordering_tf_kernels.h5", "6343647c601c52e1368623803854d971", 44675560, 77.2},
		{"ResNet152V2", 224, toHalves, server + "resnet/resnet152v2_weights_tf_dim_ordering_tf_kernels.h5", "a49b44d1979771252814e80f8ec446f9", 60380648, 78.0},
		{"MobileNet", 224, toHalves, server + "mobilenet/mobilenet_1_0_224_tf.h5", "", 4253864, 70.4},
		{"MobileNetV2", 224, toHalves, server + "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5", "", 3538984, 71.3},
		{"MobileNetV3Large", 224, inside, server + "mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float.h5", "59e551e166be033d707958cf9e29a6a7", 5507432, 75.6},
		{"MobileNetV3Small", 224, inside, server + "mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float.h5", "8768d4c2e7dee89b9d02b2d03d65d862", 2554968, 68.1},
		{"DenseNet121", 224, torchvision, server + "densenet/densenet121_weights_tf_dim_ordering_tf_kernels.h5", "9d60b8095a5708f2dcce2bca79d332c7", 8062504, 75.0},
		{"DenseNet169", 224, torchvision, server + "densenet/densenet169_weights_tf_dim_ordering_tf_kernels.h5", "d699b8f76981ab1b30698df4c175e90b", 14307880, 76.2},
		{"DenseNet201", 224, torchvision, server + "densenet/densenet201_weights_tf_dim_ordering_tf_kernels.h5", "1ceb130c1ea1b78c3bf6114dbdfd8807", 20242984, 77.3},
		{"NASNetMobile", 224, toHalves, server + "nasnet/NASNet-mobile.h5", "020fb642bf7360b370c678b08e0adf61", 5326716, 74.4},
		{"NASNetLarge", 331, toHalves, server + "nasnet/NASNet-large.h5", "11577c9a518f0070763c2b964a382f17", 88949818, 82.5},
		{"EfficientNetB0", 224, inside, server2 + "efficientnetb0.h5", "902e53a9f72be733fc0bcb005b3ebbac", 5330571, 77.1},
		{"EfficientNetB1", 240, inside, server2 + "efficientnetb1.h5", "1d254153d4ab51201f1646940f018540", 7856239, 79.1},
		{"EfficientNetB2", 260, inside, server2 + "efficientnetb2.h5", "b15cce36ff4dcbd00b6dd88e7857a6ad", 9177569, 80.1},
		{"EfficientNetB3", 300, inside, server2 + "efficientnetb3.h5", "ffd1fdc53d0ce67064dc6a9c7960ede0", 12320535, 81.6},
		{"EfficientNetB4", 380, inside, server2 + "efficientnetb4.h5", "18c95ad55216b8f92d7e70b3a046e2fc", 19466823, 82.9},
		{"EfficientNetB5", 456, inside, server2 + "efficientnetb5.h5", "ace28f2a6363774853a83a0b21b9421a", 30562527, 83.6},
		{"EfficientNetB6", 528, inside, server2 + "efficientnetb6.h5", "165f6e37dce68623721b423839de8be5", 43265143, 84.0},
		{"EfficientNetB7", 600, inside, server2 + "efficientnetb7.h5", "8c03f828fec3ef71311cd463b6759d99", 66658687, 84.3},
		{"EfficientNetV2B0", 224, inside, server + "efficientnet_v2/efficientnetv2b0.h5", "21ecbf6da12460d5c40bb2f29ceb2188", 7200312, 78.7},
		{"EfficientNetV2B1", 240, inside, server + "efficientnet_v2/efficientnetv2b1.h5", "069f0534ff22adf035c89e2d9547a9dc", 8212124, 79.8},
		{"EfficientNetV2B2", 260, inside, server + "efficientnet_v2/efficientnetv2b2.h5", "424e49f28180edbde1e94797771950a7", 10178374, 80.5},
		{"EfficientNetV2B3", 300, inside, server + "efficientnet_v2/efficientnetv2b3.h5", "1f1fc43bd98a6e4fd8fdfd551e02c7a0", 14467622, 82.0},
		{"EfficientNetV2S", 384, inside, server + "efficientnet_v2/efficientnetv2-s.h5", "e1d88a8495beba45748fedd0cecbe016", 21612360, 83.9},
		{"EfficientNetV2M", 480, inside, server + "efficientnet_v2/efficientnetv2-m.h5", "a3bf6aa3276309f4fc6a34aa114c95cd", 54431388, 85.3},
		{"EfficientNetV2L", 480, inside, server + "efficientnet_v2/efficientnetv2-l.h5", "27e6d408b53c7ebc868fefa357689935", 119027848, 85.7},
		{"ConvNeXtTiny", 224, inside, server + "convnext/convnext_tiny.h5", "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff", 28589128, 0},
		{"ConvNeXtSmall", 224, inside, server + "convnext/convnext_small.h5", "ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c", 50223688, 0},
		{"ConvNeXtBase", 224, inside, server + "convnext/convnext_base.h5", "52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6", 88591464, 0},
		{"ConvNeXtLarge", 224, inside, server + "convnext/convnext_large.h5", "070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6", 197767336, 0},
		{"ConvNeXtXLarge", 224, inside, server + "convnext/convnext_xlarge.h5", "c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee", 350196968, 0},
	}
}

// Catalogue lists the published weights.
func Catalogue() []zoo.Published {
	var list []zoo.Published
	for _, a := range table() {
		// Around the numbers, a file has what HDF5 notes of each array.
		bytes := 4 * a.numbers
		p := zoo.Published{
			Network: Prefix + a.name, URL: a.file, Size: bytes + 1<<20, Slack: bytes/64 + 4<<20, Top1: a.top1,
			Licence: "as on keras.io/api/applications; ImageNet's terms of access may apply",
		}
		switch len(a.digest) {
		case 32:
			p.Digest = zoo.Digest{Algorithm: zoo.MD5, Hex: a.digest}
		case 64:
			p.Digest = zoo.Digest{Algorithm: zoo.SHA256, Hex: a.digest}
		}
		list = append(list, p)
	}
	return list
}
